-- Purpose: clear away the stays inside a schedule whose last token has ended; whoever never fetched the token is a no-show.
-- KEYS
--   [1] admitted    sorted set queue:admitted:{scheduleId}
--   [2] arrived     set queue:arrived:{scheduleId}
--   [3] log         stream queue:log:{scheduleId}
--   [4] logs        set queue:logs
--   [5] pace        hash queue:pace:{scheduleId}
--   [6] stays       hash queue:stays:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] staysMax    at most so many by one call
-- Returns
--   {'ended', ended, noShow}   how many

-- @include ./parts/now.lua
-- @include ./parts/log.lua
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', readNow().ms, 'LIMIT', 0, tonumber(ARGV[2]))
if #ended == 0 then
  return { 'ended', 0, 0 }
end
local arrived = redis.call('SMISMEMBER', KEYS[2], unpack(ended))
local absent, present = {}, {}
for i, userId in ipairs(ended) do
  local list = arrived[i] == 1 and present or absent
  list[#list + 1] = userId
end
redis.call('ZREM', KEYS[1], unpack(ended))
redis.call('SREM', KEYS[2], unpack(ended))
redis.call('HDEL', KEYS[6], unpack(ended))
local keys = { log = KEYS[3], logs = KEYS[4] }
if #absent > 0 then redis.call('HINCRBY', KEYS[5], 'noShowsTotal', #absent) end
if #absent > 0 then append(keys, ARGV[1], 'k', 'no-show', 'u', table.concat(absent, ',')) end
if #present > 0 then append(keys, ARGV[1], 'k', 'ended', 'u', table.concat(present, ',')) end
return { 'ended', #ended, #absent }
