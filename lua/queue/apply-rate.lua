-- Purpose: set the admission rate that a controller has decided on, unless a later controller has decided since or the limits it
--   decided by have changed; written down with the cause.
-- KEYS
--   [1] control  hash queue:adapt:{scheduleId}
--   [2] config   hash queue:config:{scheduleId}
--   [3] log      stream queue:log:{scheduleId}
--   [4] logs     set queue:logs
-- ARGV
--   [1] scheduleId
--   [2] fence       the controller's number: later ones are higher
--   [3] limits      JSON text of the field adaptive that was decided by
--   [4] state       JSON: what the next decision needs
--   [5] batchSize
--   [6] intervalMs
--   [7] cause
--   [8] keptMs      life of the control hash from now on
-- Returns
--   {'applied'}
--   {'kept'}        the rate was that already
--   {'outdated'}    a later controller has decided
--   {'changed'}     the limits are others now

-- @include ./parts/log.lua
if tonumber(ARGV[2]) < tonumber(redis.call('HGET', KEYS[1], 'fence') or 0) then
  return { 'outdated' }
end
if redis.call('HGET', KEYS[2], 'adaptive') ~= ARGV[3] then
  return { 'changed' }
end
redis.call('HSET', KEYS[1], 'fence', ARGV[2], 'state', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[8])
local before = redis.call('HMGET', KEYS[2], 'batchSize', 'intervalMs')
if before[1] == ARGV[5] and before[2] == ARGV[6] then
  return { 'kept' }
end
redis.call('HSET', KEYS[2], 'batchSize', ARGV[5], 'intervalMs', ARGV[6])
append({ log = KEYS[3], logs = KEYS[4] }, ARGV[1], 'k', 'config', 'by', 'adapt-admission', 'cause', ARGV[7],
  'changes', cjson.encode({ batchSize = ARGV[5], intervalMs = ARGV[6] }))
return { 'applied' }
