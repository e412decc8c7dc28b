-- Purpose: make a tentative hold last as long as the reservation's row says (RSV-003). All or none: a hold that has been
--   lost in the meantime is told, and nothing else is prolonged.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
--   [3..] hold      string seat:hold:{scheduleId}:{seatId}, one for each seat
-- ARGV
--   [1] reservationId
--   [2] remainingMs   from now to the end of the hold
--   [3] channel       told of seats that were tentative until now; with the key prefix
--   [4] scheduleId
--   [5..] seatIds     in the order of the locks
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
    lost[#lost + 1] = ARGV[i + 2]
  end
end
if #lost > 1 then
  return lost
end

local decided = {}
for i = 3, #KEYS do
  local seatId = ARGV[i + 2]
  redis.call('PEXPIRE', KEYS[i], remainingMs)
  if redis.call('ZREM', KEYS[2], seatId) == 1 then
    decided[#decided + 1] = seatId
  end
  redis.call('SADD', KEYS[1], seatId)
end
if #decided > 0 then
  redis.call('PUBLISH', ARGV[3], 'committed ' .. ARGV[4] .. ' ' .. table.concat(decided, ' '))
end
return { 'committed', nowMs + remainingMs }
