-- Purpose: let admission begin: the order of the draw stands in this epoch.
-- KEYS
--   [1] epoch       hash queue:epoch:{scheduleId}
--   [2] draw        hash queue:draw:{scheduleId}
-- ARGV
--   [1] draw        what the caller knows of it (parts/draw.lua)
--   [2] epochUs     the epoch that the order has been made for
-- Returns
--   {'opened'}
--   {'outdated'}    another epoch, or the caller knows less than Redis

-- @include ./parts/draw.lua
local keys = { draw = KEYS[2] }
local draw = noteDraw(keys, ARGV[1])
if draw.isBehind or redis.call('HGET', KEYS[1], 'us') ~= ARGV[2] then
  return { 'outdated' }
end
redis.call('HSET', keys.draw, 'orderEpochUs', ARGV[2])
return { 'opened' }
