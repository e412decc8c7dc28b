-- Purpose: end a user's stay inside a schedule: both tokens and the place inside, so that the next one may come in.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] admitted    sorted set queue:admitted:{scheduleId}
--   [3] active      string queue:active:{userId}
--   [4] userTokens  hash queue:tokens:{scheduleId}:{userId}
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] tokenKeyPrefix   with the client's key prefix
-- Returns
--   {'revoked', token...}   the tokens that were live or had just ended, maybe none

local reply = { 'revoked' }
local tokens = redis.call('HMGET', KEYS[4], 'reservation', 'payment')
for i = 1, 2 do
  if tokens[i] then
    redis.call('DEL', ARGV[3] .. tokens[i])
    reply[#reply + 1] = tokens[i]
  end
end
redis.call('DEL', KEYS[4])
redis.call('ZREM', KEYS[2], ARGV[1])
-- Who waits again meanwhile still needs the active key.
if redis.call('GET', KEYS[3]) == ARGV[2] and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('DEL', KEYS[3])
end
return reply
