-- Purpose: change how a schedule's queue is run, and write down who changed what; when is the entry's own time.
-- KEYS
--   [1] config   hash queue:config:{scheduleId}
--   [2] log      stream queue:log:{scheduleId}
--   [3] logs     set queue:logs
-- ARGV
--   [1] scheduleId
--   [2] changedBy   a user ID, or the name of the program
--   [3] changes     JSON: each field with its JSON text
-- Returns
--   {'configured'}

-- @include ./parts/log.lua
local keys = { log = KEYS[2], logs = KEYS[3] }
local before = redis.call('HGET', KEYS[1], 'paused') or 'false'
local changes = cjson.decode(ARGV[3])
for field, text in pairs(changes) do
  redis.call('HSET', KEYS[1], field, text)
end
append(keys, ARGV[1], 'k', 'config', 'by', ARGV[2], 'changes', ARGV[3])
if changes.paused and changes.paused ~= before then
  append(keys, ARGV[1], 'k', changes.paused == 'true' and 'paused' or 'resumed', 'by', ARGV[2])
end
return { 'configured' }
