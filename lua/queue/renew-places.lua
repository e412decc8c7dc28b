-- Purpose: keep the places of many users of one schedule who are heard of in another way than by polls (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] epoch       hash queue:epoch:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] activeMs          life of the active key
--   [3] activeKeyPrefix   with the client's key prefix
--   [4..] userIds
-- Returns
--   {'renewed', epochUs, nowMs, scoreUs...}   in the order of userIds: the place, for a ticket, or 0 of one who held none

-- @include ./parts/now.lua
local reply = { 'renewed', tonumber(redis.call('HGET', KEYS[2], 'us') or 0), readNow().ms }
for i = 4, #ARGV do
  local activeKey = ARGV[3] .. ARGV[i]
  local scoreUs = redis.call('ZSCORE', KEYS[1], ARGV[i])
  -- Who has just been admitted has another life of this key, which is not to be touched.
  if scoreUs and redis.call('GET', activeKey) == ARGV[1] then
    redis.call('PEXPIRE', activeKey, ARGV[2])
  else
    scoreUs = 0
  end
  reply[i] = tonumber(scoreUs)
end
return reply
