-- Purpose: keep what has been read of a schedule's seats. A reading that began before one already kept changes nothing, so that
--   of several writers the one that looked last decides.
-- KEYS
--   [1] seats       hash queue:seats:{scheduleId}
-- ARGV
--   [1] reading         its number, taken before the look
--   [2] isFresh         1: read from the owner now; 0: from what an event told, so that the counts keep their age
--   [3] told            the told text that this reading takes into account, '' for none
--   [4] seatsTotal
--   [5] seatsSold
--   [6] held
--   [7] choosing        people inside who hold nothing
--   [8] seatsPerPerson  what a buyer takes on average
--   [9] keptMs          life of the hash from now on
-- Returns
--   {'written'}
--   {'outdated'}

-- @include ./parts/now.lua
local reading, saved = tonumber(ARGV[1]), redis.call('HMGET', KEYS[1], 'reading', 'readings')
-- A number that has not been given out is from before a loss of Redis.
if reading < tonumber(saved[1] or 0) or reading > tonumber(saved[2] or 0) then
  return { 'outdated' }
end
redis.call('HSET', KEYS[1], 'reading', ARGV[1], 'seatsTotal', ARGV[4], 'seatsSold', ARGV[5], 'held', ARGV[6],
  'choosing', ARGV[7], 'seatsPerPerson', ARGV[8])
if ARGV[2] == '1' then
  redis.call('HSET', KEYS[1], 'atMs', readNow().ms)
end
if ARGV[3] ~= '' and redis.call('HGET', KEYS[1], 'told') == ARGV[3] then
  redis.call('HDEL', KEYS[1], 'told')
end
redis.call('PEXPIRE', KEYS[1], ARGV[9])
return { 'written' }
