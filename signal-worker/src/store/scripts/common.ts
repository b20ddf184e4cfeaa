/**
 * The lines that every script starts with. A script is one step: Redis runs nothing else meanwhile. Keys and values arrive as
 * data (KEYS, ARGV) and never become code. Works on Redis 7.0 up, alone and as a cluster: the keys share a hash slot.
 */
import { limits } from '@video-room/shared/limits.ts'

/** Of what stands in the keys. Another one, or garbage, is left alone: every script answers `store_schema`. */
export const redisSchemaVersion = 1

export const commonLines = `
-- KEYS[1] facts (hash) · KEYS[2] occupants (hash of JSON) · KEYS[3] barred tokens (list, oldest first)
-- ARGV[1] the time, or '' for that of Redis · ARGV[2] when nobody waits for the answer any more, or '' · both epoch ms
local factsKey, occupantsKey, barredKey = KEYS[1], KEYS[2], KEYS[3]

local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local nowMs = clock()

-- Lua writes large numbers as 1.7e+12.
local function text(number) return string.format('%.0f', number) end

-- A Redis that was stalled obeys nothing that was given up meanwhile.
if ARGV[2] ~= '' and nowMs > tonumber(ARGV[2]) then return { 'too_late', text(nowMs) } end

local function holds(key, kind)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == kind
end

local function pairsOf(flat)
  local found = {}
  for at = 1, #flat, 2 do found[flat[at]] = flat[at + 1] end
  return found
end

local function seatOf(json)
  local isJson, seat = pcall(cjson.decode, json)
  if not isJson or type(seat) ~= 'table' then return nil end
  if type(seat.isHost) ~= 'boolean' or type(seat.isPresent) ~= 'boolean' then return nil end
  if seat.graceEndsAtMs == cjson.null then seat.graceEndsAtMs = nil end
  if seat.graceEndsAtMs ~= nil and type(seat.graceEndsAtMs) ~= 'number' then return nil end
  return seat
end

local function seatText(seat)
  local untilMs = seat.graceEndsAtMs and text(seat.graceEndsAtMs) or 'null'
  return '{"isHost":' .. tostring(seat.isHost) .. ',"isPresent":' .. tostring(seat.isPresent)
    .. ',"graceEndsAtMs":' .. untilMs .. '}'
end

-- The room, or nil and why not. Nothing is written before all of it was understood.
local function load()
  if not (holds(factsKey, 'hash') and holds(occupantsKey, 'hash') and holds(barredKey, 'list')) then
    return nil, 'store_schema'
  end
  local flat = redis.call('HGETALL', factsKey)
  if #flat == 0 then return nil, 'room_not_found' end
  local facts = pairsOf(flat)
  local isOpen, hasEnded = facts.status == 'open', facts.status == 'ended'
  local isWhole = (isOpen or hasEnded) and tonumber(facts.expiresAtMs) and tonumber(facts.maxParticipants)
    and (isOpen or tonumber(facts.endedAtMs))
  if facts.schema ~= '${redisSchemaVersion}' or not isWhole then return nil, 'store_schema' end
  local seats = {}
  for id, json in pairs(pairsOf(redis.call('HGETALL', occupantsKey))) do
    seats[id] = seatOf(json)
    if seats[id] == nil then return nil, 'store_schema' end
  end
  return { facts = facts, seats = seats }
end

local function finish(room, endedAtMs)
  if room.facts.status == 'ended' then return end
  room.facts.status = 'ended'
  room.facts.endedAtMs = text(endedAtMs)
  room.seats = {}
end

-- Frees the seats whose time is over, and ends the room when its own is.
local function settle(room)
  if room.facts.status == 'open' and nowMs >= tonumber(room.facts.expiresAtMs) then return finish(room, nowMs) end
  for id, seat in pairs(room.seats) do
    if seat.graceEndsAtMs and nowMs >= seat.graceEndsAtMs then room.seats[id] = nil end
  end
end

-- Writes the room: who is there, how many are present, and how long all of it is kept.
local function keep(room)
  local occupants, count = {}, 0
  for id, seat in pairs(room.seats) do
    occupants[#occupants + 1] = id
    occupants[#occupants + 1] = seatText(seat)
    if seat.isPresent then count = count + 1 end
  end
  room.facts.schema = '${redisSchemaVersion}'
  room.facts.occupancyCount = text(count)
  local fields = {}
  for field, value in pairs(room.facts) do
    fields[#fields + 1] = field
    fields[#fields + 1] = value
  end
  redis.call('HSET', factsKey, unpack(fields))
  redis.call('DEL', occupantsKey)
  if #occupants > 0 then redis.call('HSET', occupantsKey, unpack(occupants)) end
  local lastMs = tonumber(room.facts.expiresAtMs)
  if room.facts.status == 'ended' then
    redis.call('DEL', barredKey)
    lastMs = tonumber(room.facts.endedAtMs)
  end
  local ttlMs = text(math.max(1, lastMs + ${limits.roomTombstoneMs} - nowMs))
  for _, key in ipairs({ factsKey, occupantsKey, barredKey }) do redis.call('PEXPIRE', key, ttlMs) end
end

local function flat(record, write)
  local list = {}
  for key, value in pairs(record) do
    list[#list + 1] = key
    list[#list + 1] = write(value)
  end
  return list
end

local function answer(room)
  local same = function(value) return value end
  return { 'ok', text(nowMs), flat(room.facts, same), flat(room.seats, seatText), redis.call('LRANGE', barredKey, 0, -1) }
end

local function refuse(code) return { code, text(nowMs) } end
local function done() return { 'ok', text(nowMs) } end
`
