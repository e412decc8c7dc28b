-- Purpose: hold up to four seats as hold-seats does, if those beside them are taken and free as they were when the choice was
--   judged (RSV-001): two people who choose at once cannot leave a single seat between them that neither would have left.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2] hold            as parts/see-seats.lua reads it; without seats if some are only dropped
--   [3] seen            for each seat beside, in their order, '1' if somebody else had it, '0' if not
--   [4..] besideIds     seats beside those to be held
-- Returns
--   {'held', expiresAtMs}                   all are ours; the first of them ends then
--   {'taken', seatId...}                    these belong to another reservation that is in the database
--   {'tentative', waitMs, seatId...}        others are being written: their outcome is known within waitMs
--   {'changed'}                             a seat beside is not as it was seen, and nothing is held

-- @include ./parts/see-seats.lua
-- @include ./parts/hold-all.lua
local holds, seen, besideIds = readHolds({ ARGV[2] }), ARGV[3], { unpack(ARGV, 4) }
local seats = seeSeats(KEYS[2], ARGV[1], seatIdsOf({ holds[1], { seatIds = besideIds } }))
for i, seatId in ipairs(besideIds) do
  local owner = seats.owners[seatId]
  local isTaken = owner and owner ~= holds[1].reservationId
  if isTaken ~= (seen:sub(i, i) == '1') then
    return { 'changed' }
  end
end
return holdEach(KEYS[1], KEYS[2], seats, holds)[1]
