/** Makes a room, or answers with the one that the same order made before; another order changes nothing (HT2). */
export const createScript = `
-- ARGV[3] how long it may live from now · [4] lifetimeMs as ordered · [5] hash of the host token · [6] creator or ''
-- ARGV[7] the settings as JSON, as ordered · [8…] the settings as field, value, field, value …
local room, problem = load()
if problem == 'store_schema' then return refuse(problem) end
if room then
  local facts = room.facts
  local isSame = facts.lifetimeMs == ARGV[4] and facts.hostTokenHash == ARGV[5] and facts.createdSettings == ARGV[7]
  return isSame and answer(room) or refuse('idempotency_mismatch')
end
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
  seats = {},
}
for at = 8, #ARGV, 2 do room.facts[ARGV[at]] = ARGV[at + 1] end
-- Bars of a room whose facts were lost are nobody's.
redis.call('DEL', barredKey)
keep(room)
return answer(room)
`
