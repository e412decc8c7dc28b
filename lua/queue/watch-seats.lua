-- Purpose: the schedules whose seats are due for a look. Those with people are followed from now on; those given out are due
--   again `everyMs` later, unless somebody asks for an earlier look meanwhile. Once the clock has gone back all are due.
-- KEYS
--   [1] watched     sorted set queue:seats:watched
--   [2] schedules   set queue:schedules
--   [3] clock       string queue:seats:clock
-- ARGV
--   [1] everyMs
--   [2] dueMax      how many are given out
-- Returns
--   {'due', scheduleId...}   those due longest first

-- @include ./parts/now.lua
local nowMs = readNow().ms
for _, scheduleId in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  redis.call('ZADD', KEYS[1], 'NX', nowMs, scheduleId)
end
if nowMs < tonumber(redis.call('GET', KEYS[3]) or 0) then
  for _, scheduleId in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. nowMs, '+inf')) do
    redis.call('ZADD', KEYS[1], nowMs, scheduleId)
  end
end
redis.call('SET', KEYS[3], nowMs)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', nowMs, 'LIMIT', 0, tonumber(ARGV[2]))
for _, scheduleId in ipairs(due) do
  redis.call('ZADD', KEYS[1], nowMs + tonumber(ARGV[1]), scheduleId)
end
return { 'due', unpack(due) }
