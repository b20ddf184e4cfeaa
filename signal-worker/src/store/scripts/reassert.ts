/** After an outage: the room's object tells who is there. A lost record is made anew; an ended room stays ended. */
export const reassertScript = `
-- ARGV[3] how long it may live from now · [4] lifetimeMs · [5] hash of the host token · [6] creator or ''
-- ARGV[7] the settings as JSON · [8] how long ago it ended, ms, or '' · [9] how many settings follow as field, value …
-- then occupants, four values each: id · '1' host · '1' present · how long the seat is kept, ms, or ''
local room, problem = load()
if problem == 'store_schema' then return refuse(problem) end
if room and room.facts.status == 'ended' then return done() end
if not room then
  local expiresAtMs = nowMs + tonumber(ARGV[3])
  room = {
    facts = {
      status = 'open',
      createdAtMs = text(expiresAtMs - tonumber(ARGV[4])),
      expiresAtMs = text(expiresAtMs),
      lifetimeMs = ARGV[4],
      hostTokenHash = ARGV[5],
      creator = ARGV[6],
      createdSettings = ARGV[7],
    },
  }
end
local firstSeat = 10 + 2 * tonumber(ARGV[9])
for at = 10, firstSeat - 1, 2 do room.facts[ARGV[at]] = ARGV[at + 1] end
room.seats = {}
for at = firstSeat, #ARGV, 4 do
  room.seats[ARGV[at]] = {
    isHost = ARGV[at + 1] == '1',
    isPresent = ARGV[at + 2] == '1',
    graceEndsAtMs = ARGV[at + 3] ~= '' and nowMs + tonumber(ARGV[at + 3]) or nil,
  }
end
if ARGV[8] ~= '' then finish(room, nowMs - tonumber(ARGV[8])) end
keep(room)
return done()
`
