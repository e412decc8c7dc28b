-- Purpose: give up a place in a schedule's queue.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
-- ARGV
--   [1] userId
--   [2] scheduleId
-- Returns
--   {'left'}
--   {'absent'}   held no place

if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then
  return { 'absent' }
end
if redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
return { 'left' }
