-- Purpose: change how a schedule's queue is run, and write down who changed what; when is the entry's own time. What is not
--   changed stays as it was, also where Redis has lost that: what the caller knows to be later is set again in the same step.
-- KEYS
--   [1] config   hash queue:config:{scheduleId}
--   [2] log      stream queue:log:{scheduleId}
--   [3] logs     set queue:logs
-- ARGV
--   [1] scheduleId
--   [2] changedBy   a user ID, or the name of the program
--   [3] changes     JSON: each field with its JSON text
--   [4] known       JSON: each field of the latest settings that the caller has seen, with its JSON text
--   [5] knownUs     when those were set, 0 for none
-- Returns
--   {'configured', settings}   JSON of all fields now; `setUs` among them is later than that of any settings before

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/set-again.lua
local keys = { config = KEYS[1], log = KEYS[2], logs = KEYS[3] }
if tonumber(ARGV[5]) > 0 then
  setAgain(keys, ARGV[1], ARGV[4], ARGV[5], 'recovery')
end
local before = redis.call('HGET', KEYS[1], 'paused') or 'false'
local changes = cjson.decode(ARGV[3])
for field, text in pairs(changes) do
  redis.call('HSET', KEYS[1], field, text)
end
append(keys, ARGV[1], 'k', 'config', 'by', ARGV[2], 'changes', ARGV[3])
if changes.paused and changes.paused ~= before then
  append(keys, ARGV[1], 'k', changes.paused == 'true' and 'paused' or 'resumed', 'by', ARGV[2])
end
local beforeUs = tonumber(redis.call('HGET', KEYS[1], 'setUs') or 0)
local setUs = math.max(readNow().us, beforeUs + 1)
redis.call('HSET', KEYS[1], 'setUs', string.format('%.0f', setUs))
local all, settings = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  settings[all[i]] = all[i + 1]
end
return { 'configured', cjson.encode(settings) }
