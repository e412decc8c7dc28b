-- Purpose: give back the seats a reservation holds, and only those it still owns (data.md, rule 5).
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
--   [3..] hold      string seat:hold:{scheduleId}:{seatId}, one for each seat
-- ARGV
--   [1] reservationId
--   [2] channel     told of seats that were tentative until now; with the key prefix
--   [3] scheduleId
--   [4..] seatIds   in the order of the locks
-- Returns
--   {'released', seatId...}   the seats that were ours until now, maybe none

local reservationId = ARGV[1]
local released, decided = { 'released' }, {}
for i = 3, #KEYS do
  local seatId = ARGV[i + 1]
  local owner = redis.call('GET', KEYS[i])
  if owner == reservationId then
    redis.call('DEL', KEYS[i])
    released[#released + 1] = seatId
  end
  if not owner or owner == reservationId then
    redis.call('SREM', KEYS[1], seatId)
    if redis.call('ZREM', KEYS[2], seatId) == 1 then
      decided[#decided + 1] = seatId
    end
  end
end
if #decided > 0 then
  redis.call('PUBLISH', ARGV[2], 'ended ' .. ARGV[3] .. ' ' .. table.concat(decided, ' '))
end
return released
