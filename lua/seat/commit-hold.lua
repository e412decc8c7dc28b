-- Purpose: make tentative holds last as long as the rows of their reservations say (RSV-003), one after the other. Each is all or none:
--   a hold that has been lost in the meantime is told, and no seat of it is prolonged.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2] channel         told of seats that were tentative until now; with the key prefix
--   [3] scheduleId
--   [4..] holds         as parts/see-seats.lua reads them, with the milliseconds from now to the end of the hold
-- Returns
--   {'answers', answer...}    in the order of the holds, each one of
--   {'committed', expiresAtMs}
--   {'lost', seatId...}         these are not ours any more

-- @include ./parts/see-seats.lua
local holds = readHolds({ unpack(ARGV, 4) })
local seats = seeSeats(KEYS[2], ARGV[1], seatIdsOf(holds))

local committed, decided = {}, {}
local function commit(hold)
  local lost = { 'lost' }
  for _, seatId in ipairs(hold.seatIds) do
    if seats.owners[seatId] ~= hold.reservationId then
      lost[#lost + 1] = seatId
    end
  end
  if #lost > 1 then
    return lost
  end
  for _, seatId in ipairs(hold.seatIds) do
    redis.call('PEXPIRE', seats.keys[seatId], hold.ms)
    committed[#committed + 1] = seatId
    if seats.untilMs[seatId] then
      decided[#decided + 1] = seatId
      seats.untilMs[seatId] = nil
    end
  end
  return { 'committed', seats.nowMs + hold.ms }
end

local reply = { 'answers' }
for i, hold in ipairs(holds) do
  reply[i + 1] = commit(hold)
end
if #committed > 0 then
  redis.call('SADD', KEYS[1], unpack(committed))
end
if #decided > 0 then
  redis.call('ZREM', KEYS[2], unpack(decided))
  redis.call('PUBLISH', ARGV[2], 'committed ' .. ARGV[3] .. ' ' .. table.concat(decided, ' '))
end
return reply
