-- Purpose: end a user's stay inside a schedule: both tokens and the place inside, so that the next one may come in.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] admitted    sorted set queue:admitted:{scheduleId}
--   [3] active      string queue:active:{userId}
--   [4] userTokens  hash queue:tokens:{scheduleId}:{userId}
--   [5] arrived     set queue:arrived:{scheduleId}
--   [6] epoch       hash queue:epoch:{scheduleId}
--   [7] gone        set queue:gone:{scheduleId}
--   [8] polls       hash queue:polls:{userId}
--   [9] log         stream queue:log:{scheduleId}
--   [10] logs       set queue:logs
--   [11] stays      hash queue:stays:{scheduleId}
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] tokenKeyPrefix   with the client's key prefix
-- Returns
--   {'revoked', token...}   the tokens that were live or had just ended, maybe none

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
local keys = { epoch = KEYS[6], gone = KEYS[7], log = KEYS[9], logs = KEYS[10] }
local reply = { 'revoked' }
local stay = redis.call('HGET', KEYS[11], ARGV[1])
local tokens = { stay and string.match(stay, '^%S+'), redis.call('HGET', KEYS[4], 'payment') }
for i = 1, 2 do
  if tokens[i] then
    redis.call('DEL', ARGV[3] .. tokens[i])
    reply[#reply + 1] = tokens[i]
  end
end
redis.call('DEL', KEYS[4])
redis.call('HDEL', KEYS[11], ARGV[1])
redis.call('HDEL', KEYS[8], 'nextMs', 'ahead')
redis.call('SREM', KEYS[5], ARGV[1])
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then
  markGone(keys, readNow(), { ARGV[1] })
  append(keys, ARGV[2], 'k', 'left', 'u', ARGV[1], 'inside', 1)
end
-- Who waits again meanwhile still needs the active key.
if redis.call('GET', KEYS[3]) == ARGV[2] and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('DEL', KEYS[3])
end
return reply
