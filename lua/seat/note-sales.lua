-- Purpose: note that seats have been sold, or freed after a sale, until the event service says the same (RSV-003). Freeing
--   says nothing of a seat that somebody else holds by now: the next sale of it may have been noted already.
-- KEYS
--   [1] sales       sorted set seat:sales:{scheduleId}
--   [2..] hold      string seat:hold:{scheduleId}:{seatId}, one for each seat
-- ARGV
--   [1] reservationId
--   [2] sale        'sold' or 'freed'
--   [3] keepMs      notes older than this are dropped
--   [4..] seatIds   in the order of the locks
-- Returns
--   {'noted', seatId...}   what has been noted

local reservationId = ARGV[1]
local sale = ARGV[2]
local keepMs = tonumber(ARGV[3])
local other = sale == 'sold' and 'freed' or 'sold'
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local noted = { 'noted' }
for i = 2, #KEYS do
  local seatId = ARGV[i + 2]
  local owner = redis.call('GET', KEYS[i])
  redis.call('ZREM', KEYS[1], other .. ':' .. seatId)
  if sale == 'sold' or not owner or owner == reservationId then
    redis.call('ZADD', KEYS[1], nowMs, sale .. ':' .. seatId)
    noted[#noted + 1] = seatId
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', nowMs - keepMs)
redis.call('PEXPIRE', KEYS[1], keepMs)
return noted
