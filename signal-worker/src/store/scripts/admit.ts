/** The gate: checks and takes a seat in one step, or holds a taken one a while longer (A1, A2, HT4, LO1, MD5, KN3). */
export const admitScript = `
-- ARGV[3] occupant · [4] '1' for the host's seat · [5] hash of the token or '' · [6] how long the seat waits for a socket, ms
local room, problem = load()
if problem then return refuse(problem) end
local id, isHost, tokenHash = ARGV[3], ARGV[4] == '1', ARGV[5]
settle(room)

local function refusal()
  if room.facts.status == 'ended' then return 'room_ended' end
  if tokenHash ~= '' then
    for _, bar in ipairs(redis.call('LRANGE', barredKey, 0, -1)) do
      if bar == 'removed:' .. tokenHash then return 'removed' end
      if bar == 'denied:' .. tokenHash then return 'denied' end
    end
  end
  if room.seats[id] then return nil end
  if not isHost and room.facts.isLocked == 'true' then return 'room_locked' end
  local taken = 0
  for _, seat in pairs(room.seats) do
    if seat.isHost == isHost then taken = taken + 1 end
  end
  local most = isHost and 1 or tonumber(room.facts.maxParticipants)
  return taken >= most and 'room_full' or nil
end

local refused = refusal()
if not refused then
  local seat = room.seats[id] or { isHost = isHost, isPresent = false }
  if not seat.isPresent then seat.graceEndsAtMs = nowMs + tonumber(ARGV[6]) end
  room.seats[id] = seat
end
-- A refusal, too, may have found that the time of seats or of the room was over.
keep(room)
return refused and refuse(refused) or answer(room)
`
