-- Purpose: of holds as the rows have them, find those whose locks are otherwise (data.md, rule 7): gone or somebody else's,
--   still tentative, not listed, or lasting shorter or longer by more than a tenth.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2..] seats         `{reservationId} {remainingMs} {seatId}` each; remainingMs from now to the end of the hold
-- Returns
--   {'loose', reservationId...}   one comes as often as it has such seats

local spareMs = 1000
local loose = { 'loose' }
if #ARGV == 1 then
  return loose
end

local seats, locks, seatIds = {}, {}, {}
for i = 2, #ARGV do
  local reservationId, remainingMs, seatId = ARGV[i]:match('^(%S+) (%d+) (%S+)$')
  seats[i - 1] = { reservationId = reservationId, remainingMs = tonumber(remainingMs) }
  locks[i - 1] = ARGV[1] .. seatId
  seatIds[i - 1] = seatId
end
local owners = redis.call('MGET', unpack(locks))
local listed = redis.call('SMISMEMBER', KEYS[1], unpack(seatIds))
local tentative = redis.call('ZMSCORE', KEYS[2], unpack(seatIds))
for i, seat in ipairs(seats) do
  local isKept = owners[i] == seat.reservationId and listed[i] == 1 and not tentative[i]
  local offByMs = isKept and math.abs(redis.call('PTTL', locks[i]) - seat.remainingMs) or 0
  if not isKept or offByMs > seat.remainingMs / 10 + spareMs then
    loose[#loose + 1] = seat.reservationId
  end
end
return loose
