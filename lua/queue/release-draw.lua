-- Purpose: forget a draw that was given up before anybody could enter, so that it holds nobody back.
-- KEYS
--   [1] draw        hash queue:draw:{scheduleId}
-- ARGV
--   [1] drawId
-- Returns
--   {'released'}
--   {'absent'}      Redis knows another one, or none

if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return { 'absent' }
end
redis.call('DEL', KEYS[1])
return { 'released' }
