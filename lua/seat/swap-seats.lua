-- Purpose: exchange the seats of a committed hold in one step (RSV PUT /reservations/hold): the new ones are held and the
--   dropped ones free, or nothing has changed. A new seat may already be held tentatively by the same reservation.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
--   [3..] hold      string seat:hold:{scheduleId}:{seatId}: the dropped seats first, then the new ones
-- ARGV
--   [1] reservationId
--   [2] remainingMs    from now to the end of the hold
--   [3] droppedCount   how many of the locks are those of dropped seats
--   [4..] seatIds      in the order of the locks
-- Returns
--   {'swapped', expiresAtMs}
--   {'lost', seatId...}                  these dropped seats are not ours any more
--   {'taken', seatId...}                 these new seats belong to another reservation
--   {'tentative', waitMs, seatId...}     others are being written: their outcome is known within waitMs

local reservationId = ARGV[1]
local remainingMs = tonumber(ARGV[2])
local firstNew = 3 + tonumber(ARGV[3])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local lost, taken, undecided, waitMs = { 'lost' }, { 'taken' }, { 'tentative', 0 }, 0
for i = 3, #KEYS do
  local seatId = ARGV[i + 1]
  local owner = redis.call('GET', KEYS[i])
  if i < firstNew then
    if owner ~= reservationId then
      lost[#lost + 1] = seatId
    end
  elseif owner and owner ~= reservationId then
    if tonumber(redis.call('ZSCORE', KEYS[2], seatId) or 0) > nowMs then
      undecided[#undecided + 1] = seatId
      waitMs = math.max(waitMs, redis.call('PTTL', KEYS[i]))
    else
      taken[#taken + 1] = seatId
    end
  end
end
if #lost > 1 then
  return lost
end
if #taken > 1 then
  return taken
end
if #undecided > 2 then
  undecided[2] = waitMs
  return undecided
end

for i = 3, #KEYS do
  local seatId = ARGV[i + 1]
  if i < firstNew then
    redis.call('DEL', KEYS[i])
    redis.call('SREM', KEYS[1], seatId)
  else
    redis.call('SET', KEYS[i], reservationId, 'PX', remainingMs)
    redis.call('SADD', KEYS[1], seatId)
  end
  redis.call('ZREM', KEYS[2], seatId)
end
return { 'swapped', nowMs + remainingMs }
