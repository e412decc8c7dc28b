-- Purpose: give people of a closed roster their drawn places. Only who still has a place from before the closing gets it: who has
--   left keeps none, who came back after it stands behind. Who was not in the roster goes to the end.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] epoch       hash queue:epoch:{scheduleId}
--   [3] draw        hash queue:draw:{scheduleId}
-- ARGV
--   [1] draw        what the caller knows of it (parts/draw.lua)
--   [2] epochUs     the epoch that the order is for
--   [3..] places    userId, then the drawn place from 1 or 0 for the end, of each
-- Returns
--   {'placed', count}   how many had a place to change
--   {'outdated'}        another epoch, or the caller knows less than Redis

-- @include ./parts/now.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
local keys = { queue = KEYS[1], epoch = KEYS[2], draw = KEYS[3] }
local draw, now = noteDraw(keys, ARGV[1]), readNow()
local saved = redis.call('HMGET', keys.epoch, 'us', 'lastUs')
if draw.isBehind or saved[1] ~= ARGV[2] then
  return { 'outdated' }
end
local epoch, count = { lastUs = tonumber(saved[2]) }, 0
for i = 3, #ARGV, 2 do
  local userId, place = ARGV[i], ARGV[i + 1]
  local scoreUs = tonumber(redis.call('ZSCORE', keys.queue, userId) or 0)
  if isEntryPlace(draw, scoreUs) then
    if place == '0' then
      reach(keys, epoch, math.max(now.us, epoch.lastUs + 1))
      place = string.format('%.0f', epoch.lastUs)
    end
    redis.call('ZADD', keys.queue, 'XX', place, userId)
    count = count + 1
  end
end
return { 'placed', count }
