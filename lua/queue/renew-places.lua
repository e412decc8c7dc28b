-- Purpose: keep the places of many users of one schedule who are heard of in another way than by polls (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] activeMs          life of the active key
--   [3] activeKeyPrefix   with the client's key prefix
--   [4..] userIds
-- Returns
--   {'renewed', userId...}   those who still held a place

local reply = { 'renewed' }
for i = 4, #ARGV do
  local activeKey = ARGV[3] .. ARGV[i]
  -- Who has just been admitted has another life of this key, which is not to be touched.
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) and redis.call('GET', activeKey) == ARGV[1] then
    redis.call('PEXPIRE', activeKey, ARGV[2])
    reply[#reply + 1] = ARGV[i]
  end
end
return reply
