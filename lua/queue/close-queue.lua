-- Purpose: close a schedule's queue for everybody who is not inside, with a reason, or open it again. Places are kept.
-- KEYS
--   [1] closed   string queue:closed:{scheduleId}
--   [2] log      stream queue:log:{scheduleId}
--   [3] logs     set queue:logs
-- ARGV
--   [1] scheduleId
--   [2] reason     '' opens
--   [3] changedBy  a user ID, or the name of the program
-- Returns
--   {'changed'}
--   {'unchanged'}   it was so before

-- @include ./parts/log.lua
local keys, reason = { log = KEYS[2], logs = KEYS[3] }, ARGV[2]
if (redis.call('GET', KEYS[1]) or '') == reason then
  return { 'unchanged' }
end
if reason == '' then
  redis.call('DEL', KEYS[1])
  append(keys, ARGV[1], 'k', 'opened', 'by', ARGV[3])
else
  redis.call('SET', KEYS[1], reason)
  append(keys, ARGV[1], 'k', 'closed', 'reason', reason, 'by', ARGV[3])
end
return { 'changed' }
