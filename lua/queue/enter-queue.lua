-- Purpose: give a user a place in a schedule's queue, or tell the one already held (QUEUE-001, -006, -011).
--   The place is the entry time in µs of Redis, made later than every earlier one, so that no two are alike.
--   A place whose owner has not been heard of for as long as the active key lives is lost (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] userTokens  hash queue:tokens:{scheduleId}:{userId}
--   [4] config      hash queue:config:{scheduleId}
--   [5] pace        hash queue:pace:{scheduleId}
--   [6] schedules   set queue:schedules
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] activeMs         life of the active key
--   [4] defaultCapacity  where none is configured
-- Returns
--   {'waiting', ahead, total}         ahead: how many are before this user
--   {'active', token, expiresAtMs}    admitted already
--   {'elsewhere', scheduleId}         waits or shops in another schedule
--   {'full'}
--   {'draining'}                      nobody may enter any more

local userId, scheduleId, activeMs = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]

local active = redis.call('GET', KEYS[2])
if active and active ~= scheduleId then
  return { 'elsewhere', active }
end
local admission = redis.call('HMGET', KEYS[3], 'reservation', 'reservationExpiresAtMs')
if admission[1] and tonumber(admission[2]) > nowUs / 1000 then
  return { 'active', admission[1], tonumber(admission[2]) }
end
local ahead = redis.call('ZRANK', KEYS[1], userId)
if active and ahead then
  redis.call('PEXPIRE', KEYS[2], activeMs)
  return { 'waiting', ahead, redis.call('ZCARD', KEYS[1]) }
end
redis.call('ZREM', KEYS[1], userId)

local config = redis.call('HMGET', KEYS[4], 'capacity', 'draining')
if config[2] == 'true' then
  return { 'draining' }
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(config[1] or ARGV[4]) then
  return { 'full' }
end

local lastUs = tonumber(redis.call('HGET', KEYS[5], 'lastEntryUs') or 0)
local placeUs = string.format('%.0f', math.max(nowUs, lastUs + 1))
redis.call('ZADD', KEYS[1], placeUs, userId)
redis.call('HSET', KEYS[5], 'lastEntryUs', placeUs)
redis.call('EXPIRE', KEYS[5], 86400)
redis.call('SET', KEYS[2], scheduleId, 'PX', activeMs)
redis.call('SADD', KEYS[6], scheduleId)
return { 'waiting', redis.call('ZRANK', KEYS[1], userId), redis.call('ZCARD', KEYS[1]) }
