-- Purpose: make a tentative hold last as long as the reservation's row says (RSV-003). All or none: a hold that has been
--   lost in the meantime is told, and nothing else is prolonged.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
--   [3..] hold      string seat:hold:{scheduleId}:{seatId}, one for each seat
-- ARGV
--   [1] reservationId
--   [2] remainingMs   from now to the end of the hold
--   [3..] seatIds     in the order of the locks
-- Returns
--   {'committed', expiresAtMs}
--   {'lost', seatId...}         these are not ours any more

local reservationId = ARGV[1]
local remainingMs = tonumber(ARGV[2])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local lost = { 'lost' }
for i = 3, #KEYS do
  if redis.call('GET', KEYS[i]) ~= reservationId then
    lost[#lost + 1] = ARGV[i]
  end
end
if #lost > 1 then
  return lost
end

for i = 3, #KEYS do
  redis.call('PEXPIRE', KEYS[i], remainingMs)
  redis.call('ZREM', KEYS[2], ARGV[i])
  redis.call('SADD', KEYS[1], ARGV[i])
end
return { 'committed', nowMs + remainingMs }
