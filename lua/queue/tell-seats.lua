-- Purpose: note what an event tells of a schedule's seats and have them looked at now. Nothing is kept of a schedule that nobody
--   waits for, nobody follows and that is not closed: who enters it asks the event service anyway.
-- KEYS
--   [1] seats       hash queue:seats:{scheduleId}
--   [2] watched     sorted set queue:seats:watched
--   [3] schedules   set queue:schedules
--   [4] closed      string queue:closed:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] told        text for the reader of the seats
--   [3] keptMs      life of the hash from now on
-- Returns
--   {'told'}
--   {'unwatched'}

local isWatched = redis.call('ZSCORE', KEYS[2], ARGV[1]) or redis.call('EXISTS', KEYS[4]) == 1
if not isWatched and redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 0 then
  return { 'unwatched' }
end
redis.call('HSET', KEYS[1], 'told', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return { 'told' }
