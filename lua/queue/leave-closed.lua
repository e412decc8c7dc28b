-- Purpose: give up the place of somebody who goes elsewhere, if the queue that holds it is closed for good: it keeps nobody captive.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] epoch       hash queue:epoch:{scheduleId}
--   [4] gone        set queue:gone:{scheduleId}
--   [5] polls       hash queue:polls:{userId}
--   [6] log         stream queue:log:{scheduleId}
--   [7] logs        set queue:logs
--   [8] pace        hash queue:pace:{scheduleId}
--   [9] closed      string queue:closed:{scheduleId}
--   [10] stays      hash queue:stays:{scheduleId}
--   [11] userTokens hash queue:tokens:{scheduleId}:{userId}
-- ARGV
--   [1] userId
--   [2] scheduleId
-- Returns
--   {'left'}
--   {'held'}   the queue is open or may open again, or the user is inside or somewhere else

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/stay.lua
-- @include ./parts/give-up-place.lua
local userId, scheduleId = ARGV[1], ARGV[2]
local keys = {
  queue = KEYS[1], active = KEYS[2], epoch = KEYS[3], gone = KEYS[4], polls = KEYS[5], log = KEYS[6], logs = KEYS[7], pace = KEYS[8],
}
local reason = redis.call('GET', KEYS[9])
local isForGood = reason == 'SALE_ENDED' or reason == 'CANCELLED'
local now = readNow()
local isInside = stayIn(redis.call('HGET', KEYS[10], userId), now.ms) or redis.call('EXISTS', KEYS[11]) == 1
if not isForGood or isInside or redis.call('GET', keys.active) ~= scheduleId then
  return { 'held' }
end
giveUpPlace(keys, userId, scheduleId, now)
redis.call('DEL', keys.active)
return { 'left' }
