-- Purpose: give up a place in a schedule's queue; a ticket of an older epoch does not bring it back.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] epoch       hash queue:epoch:{scheduleId}
--   [4] gone        set queue:gone:{scheduleId}
--   [5] polls       hash queue:polls:{userId}
--   [6] log         stream queue:log:{scheduleId}
--   [7] logs        set queue:logs
--   [8] pace        hash queue:pace:{scheduleId}
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] knownUs     latest moment of this queue that the caller has seen, 0 for none
--   [4] restoreMs   how long after a loss tickets put people back
--   [5] graceMs     how long after a loss nobody is admitted
-- Returns
--   {'left'}
--   {'absent'}   held no place

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/give-up-place.lua
local userId, scheduleId = ARGV[1], ARGV[2]
local keys = {
  queue = KEYS[1], active = KEYS[2], epoch = KEYS[3], gone = KEYS[4], polls = KEYS[5], log = KEYS[6], logs = KEYS[7], pace = KEYS[8],
}
local recovery = { knownUs = tonumber(ARGV[3]), restoreMs = tonumber(ARGV[4]), graceMs = tonumber(ARGV[5]) }
local now = readNow()

-- Leaving may be the first sign of a loss; a queue that nobody knows of gets no epoch by it.
if recovery.knownUs > 0 then
  readEpoch(keys, scheduleId, now, recovery)
end
return { giveUpPlace(keys, userId, scheduleId, now) and 'left' or 'absent' }
