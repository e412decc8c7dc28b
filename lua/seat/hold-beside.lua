-- Purpose: hold up to four seats as hold-seats does, if those beside them are taken and free as they were when the choice was
--   judged (RSV-001): two people who choose at once cannot leave a single seat between them that neither would have left.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
--   [3..] hold      string seat:hold:{scheduleId}:{seatId}: of the seats to be held, then of those beside them
-- ARGV
--   [1] reservationId
--   [2] tentativeMs
--   [3] seen            for each seat beside, in the order of the locks, '1' if somebody else had it, '0' if not
--   [4..] seatIds       to be held, in the order of the locks; none if seats are only dropped
-- Returns
--   {'held', expiresAtMs}                   all are ours; the first of them ends then
--   {'taken', seatId...}                    these belong to another reservation that is in the database
--   {'tentative', waitMs, seatId...}        others are being written: their outcome is known within waitMs
--   {'changed'}                             a seat beside is not as it was seen, and nothing is held

-- @include ./parts/hold-all.lua
local reservationId, seen = ARGV[1], ARGV[3]
local seatsTotal = #ARGV - 3
for i = 1, #seen do
  local owner = redis.call('GET', KEYS[2 + seatsTotal + i])
  local isTaken = owner and owner ~= reservationId
  if isTaken ~= (seen:sub(i, i) == '1') then
    return { 'changed' }
  end
end

local keys, seatIds = {}, {}
for i = 1, seatsTotal do
  keys[i] = KEYS[2 + i]
  seatIds[i] = ARGV[3 + i]
end
return holdAll(KEYS[1], KEYS[2], keys, seatIds, reservationId, tonumber(ARGV[2]))
