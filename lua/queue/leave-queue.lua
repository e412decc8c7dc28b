-- Purpose: give up a place in a schedule's queue; a ticket of an older epoch does not bring it back.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] epoch       hash queue:epoch:{scheduleId}
--   [4] gone        set queue:gone:{scheduleId}
--   [5] polls       hash queue:polls:{userId}
--   [6] log         stream queue:log:{scheduleId}
--   [7] logs        set queue:logs
-- ARGV
--   [1] userId
--   [2] scheduleId
-- Returns
--   {'left'}
--   {'absent'}   held no place

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
local userId, scheduleId = ARGV[1], ARGV[2]
local keys = { epoch = KEYS[3], gone = KEYS[4], log = KEYS[6], logs = KEYS[7] }

markGone(keys, readNow(), { userId })
redis.call('HDEL', KEYS[5], 'nextMs', 'ahead')
if redis.call('ZREM', KEYS[1], userId) == 0 then
  return { 'absent' }
end
if redis.call('GET', KEYS[2]) == scheduleId then
  redis.call('DEL', KEYS[2])
end
append(keys, scheduleId, 'k', 'left', 'u', userId)
return { 'left' }
