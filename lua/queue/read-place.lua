-- Purpose: tell a user the place in a schedule's queue (QUEUE-002) and keep it alive: each poll renews the active key.
--   A poll beyond the limit of the running minute is refused before anything else is read (QUEUE-008).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] userTokens  hash queue:tokens:{scheduleId}:{userId}
--   [4] polls       string queue:polls:{userId}
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] activeMs        life of the active key
--   [4] pollsPerMinute  how many are answered
-- Returns
--   {'waiting', ahead, total}         ahead: how many are before this user
--   {'active', token, expiresAtMs}    admitted
--   {'absent'}                        neither waiting nor inside, or not heard of for too long
--   {'limited', retryAfterMs}

local polls = redis.call('INCR', KEYS[4])
if polls == 1 then
  redis.call('PEXPIRE', KEYS[4], 60000)
elseif polls > tonumber(ARGV[4]) then
  return { 'limited', redis.call('PTTL', KEYS[4]) }
end

local time = redis.call('TIME')
local admission = redis.call('HMGET', KEYS[3], 'reservation', 'reservationExpiresAtMs')
if admission[1] and tonumber(admission[2]) > time[1] * 1000 + time[2] / 1000 then
  return { 'active', admission[1], tonumber(admission[2]) }
end

local ahead = redis.call('ZRANK', KEYS[1], ARGV[1])
if not ahead then
  return { 'absent' }
end
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return { 'absent' }
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return { 'waiting', ahead, redis.call('ZCARD', KEYS[1]) }
