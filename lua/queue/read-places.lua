-- Purpose: tell the places of many users of one schedule at once, for those who do not ask one by one.
--   It keeps nobody's place: that is what renew-places is for.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
-- ARGV
--   [1] stayKeyPrefix   with the client's key prefix
--   [2..] userIds
-- Returns
--   {'places', place...}   in the order of userIds: how many are ahead, '{token} {expiresAtMs}' of one admitted, or -1

local time = redis.call('TIME')
local nowMs = time[1] * 1000 + time[2] / 1000
local reply = { 'places' }
for i = 2, #ARGV do
  local place = redis.call('ZRANK', KEYS[1], ARGV[i])
  if not place then
    local token, expiresAtMs = string.match(redis.call('GET', ARGV[1] .. ARGV[i]) or '', '^(%S+) (%d+) ')
    place = token and tonumber(expiresAtMs) > nowMs and token .. ' ' .. expiresAtMs or -1
  end
  reply[i] = place
end
return reply
