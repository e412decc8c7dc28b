-- Purpose: after a loss, set again what an operator had set and why the queue was closed, unless that is known or something later is;
--   and hold admission for as long as the caller says, which may know more than the one that has begun the epoch.
-- KEYS
--   [1] config   hash queue:config:{scheduleId}
--   [2] closed   string queue:closed:{scheduleId}
--   [3] log      stream queue:log:{scheduleId}
--   [4] logs     set queue:logs
--   [5] epoch    hash queue:epoch:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] settings   JSON: each field of the configuration with its JSON text
--   [3] reason     why it was closed, '' if it was open
--   [4] changedBy  the name of the program
--   [5] lateMs     nobody is admitted for so long from now
--   [6] setUs      when the settings were set, 0 for who does not know
-- Returns
--   {'brought', config, closed}   1 where it was lost and is back

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/set-again.lua
local keys, closed = { config = KEYS[1], log = KEYS[3], logs = KEYS[4] }, 0
local config = setAgain(keys, ARGV[1], ARGV[2], ARGV[6], ARGV[4]) and 1 or 0
if ARGV[3] ~= '' and redis.call('SET', KEYS[2], ARGV[3], 'NX') then
  closed = 1
  append(keys, ARGV[1], 'k', 'closed', 'reason', ARGV[3], 'by', ARGV[4])
end
local graceUntilMs = readNow().ms + tonumber(ARGV[5])
if graceUntilMs > tonumber(redis.call('HGET', KEYS[5], 'graceUntilMs') or math.huge) then
  redis.call('HSET', KEYS[5], 'graceUntilMs', graceUntilMs)
end
return { 'brought', config, closed }
