/** The small changes: none of them can fail on a room that is there, and each may be repeated without harm. */

/** A socket came or went; of an occupant who is not listed nothing is written (PR1). */
export const presenceScript = `
-- ARGV[3] occupant · [4] '1' present · [5] how long the seat is kept, ms, or '' for as long as the socket lives
local room, problem = load()
if problem then return refuse(problem) end
local seat = room.seats[ARGV[3]]
if seat then
  seat.isPresent = ARGV[4] == '1'
  seat.graceEndsAtMs = ARGV[5] ~= '' and nowMs + tonumber(ARGV[5]) or nil
end
keep(room)
return done()
`

/** What the host or the creator changed, lock included (MD11, LO1). */
export const settingsScript = `
-- ARGV[3…] the settings as field, value, field, value …
local room, problem = load()
if problem then return refuse(problem) end
if room.facts.status == 'ended' then return done() end
for at = 3, #ARGV, 2 do room.facts[ARGV[at]] = ARGV[at + 1] end
keep(room)
return done()
`

/** Swaps the roles of two seats in one step; nothing unless the first is the host's and the second is listed (MD8). */
export const handOverScript = `
-- ARGV[3] the host · [4] who becomes it
local room, problem = load()
if problem then return refuse(problem) end
local giver, taker = room.seats[ARGV[3]], room.seats[ARGV[4]]
if giver and taker and giver.isHost and ARGV[3] ~= ARGV[4] then
  giver.isHost = false
  taker.isHost = true
end
keep(room)
return done()
`

/** A participant's seat becomes the host's; nothing unless it is listed and no host is (MD9). */
export const promoteScript = `
-- ARGV[3] occupant
local room, problem = load()
if problem then return refuse(problem) end
local hasHost = false
for _, seat in pairs(room.seats) do hasHost = hasHost or seat.isHost end
local seat = room.seats[ARGV[3]]
if seat and not hasHost then seat.isHost = true end
keep(room)
return done()
`

/** Gives a seat up (PR2, PR4). */
export const leaveScript = `
-- ARGV[3] occupant
local room, problem = load()
if problem then return refuse(problem) end
room.seats[ARGV[3]] = nil
keep(room)
return done()
`

/** Frees the seat and refuses the tokens from now on; the oldest bars go when there are too many (MD5, KN3). */
export const barScript = `
-- ARGV[3] removed or denied · [4] occupant or '' · [5] how many bars are kept · [6…] hashes of tokens
local room, problem = load()
if problem then return refuse(problem) end
if room.facts.status == 'ended' then return done() end
room.seats[ARGV[4]] = nil
for at = 6, #ARGV do
  redis.call('LREM', barredKey, 0, 'removed:' .. ARGV[at])
  redis.call('LREM', barredKey, 0, 'denied:' .. ARGV[at])
  redis.call('RPUSH', barredKey, ARGV[3] .. ':' .. ARGV[at])
end
redis.call('LTRIM', barredKey, -tonumber(ARGV[5]), -1)
keep(room)
return done()
`

/** Nobody is listed any more and nobody gets in; ending twice keeps the first time (MD6). */
export const endScript = `
-- ARGV[3] how long ago it ended, ms
local room, problem = load()
if problem then return refuse(problem) end
finish(room, nowMs - tonumber(ARGV[3]))
keep(room)
return done()
`

/** Frees the seats whose grace is over, and ends the room when its time is (PR4, MD6). */
export const settleScript = `
local room, problem = load()
if problem then return refuse(problem) end
settle(room)
keep(room)
return done()
`
