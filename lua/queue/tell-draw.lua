-- Purpose: write into the log of a queue how far its draw has come, each stage once for as long as Redis remembers it.
-- KEYS
--   [1] log         stream queue:log:{scheduleId}
--   [2] logs        set queue:logs
--   [3] draw        hash queue:draw:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] drawId
--   [3] stage       later ones are higher
--   [4..] fields    of the entry: name, then value
-- Returns
--   {'told'}
--   {'known'}       it stands there

-- @include ./parts/log.lua
local saved = redis.call('HMGET', KEYS[3], 'id', 'toldStage')
if saved[1] ~= ARGV[2] or tonumber(saved[2] or 0) >= tonumber(ARGV[3]) then
  return { 'known' }
end
redis.call('HSET', KEYS[3], 'toldStage', ARGV[3])
append({ log = KEYS[1], logs = KEYS[2] }, ARGV[1], unpack(ARGV, 4))
return { 'told' }
