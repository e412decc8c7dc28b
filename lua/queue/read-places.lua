-- Purpose: tell the places of many users of one schedule at once, for those who do not ask one by one.
--   It keeps nobody's place: that is what renew-places is for.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] stays       hash queue:stays:{scheduleId}
-- ARGV
--   [1..] userIds
-- Returns
--   {'places', place...}   in the order of userIds: how many are ahead, '{token} {expiresAtMs}' of one admitted, or -1

-- @include ./parts/now.lua
-- @include ./parts/stay.lua
local nowMs, reply = readNow().ms, { 'places' }
for i, userId in ipairs(ARGV) do
  local place = redis.call('ZRANK', KEYS[1], userId)
  if not place then
    local token, expiresAtMs = stayIn(redis.call('HGET', KEYS[2], userId), nowMs)
    place = token and token .. ' ' .. expiresAtMs or -1
  end
  reply[i + 1] = place
end
return reply
