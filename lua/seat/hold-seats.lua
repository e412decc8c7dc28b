-- Purpose: hold up to four seats for a reservation, all or none (RSV-003). The hold is tentative: it ends by itself
--   unless commit-hold follows the database row. Holding again for the same reservation changes nothing that is committed.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
--   [3..] hold      string seat:hold:{scheduleId}:{seatId}, one for each seat
-- ARGV
--   [1] reservationId
--   [2] tentativeMs
--   [3..] seatIds   in the order of the locks
-- Returns
--   {'held', expiresAtMs}                   all are ours; the first of them ends then
--   {'taken', seatId...}                    these belong to another reservation that is in the database
--   {'tentative', waitMs, seatId...}        others are being written: their outcome is known within waitMs

local reservationId = ARGV[1]
local tentativeMs = tonumber(ARGV[2])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local taken, undecided, waitMs, own = { 'taken' }, { 'tentative', 0 }, 0, {}
for i = 3, #KEYS do
  local seatId = ARGV[i]
  local owner = redis.call('GET', KEYS[i])
  local tentativeUntilMs = tonumber(redis.call('ZSCORE', KEYS[2], seatId) or 0)
  local isTentative = tentativeUntilMs > nowMs
  if owner == reservationId then
    own[i] = not isTentative
  elseif owner and isTentative then
    undecided[#undecided + 1] = seatId
    waitMs = math.max(waitMs, redis.call('PTTL', KEYS[i]))
  elseif owner then
    taken[#taken + 1] = seatId
  end
end
if #taken > 1 then
  return taken
end
if #undecided > 2 then
  undecided[2] = waitMs
  return undecided
end

local expiresAtMs = nowMs + tentativeMs
for i = 3, #KEYS do
  if own[i] then
    expiresAtMs = math.min(expiresAtMs, nowMs + redis.call('PTTL', KEYS[i]))
  else
    redis.call('SET', KEYS[i], reservationId, 'PX', tentativeMs)
    redis.call('ZADD', KEYS[2], nowMs + tentativeMs, ARGV[i])
  end
  redis.call('SADD', KEYS[1], ARGV[i])
end
return { 'held', expiresAtMs }
