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

-- @include ./parts/hold-all.lua
local keys, seatIds = {}, {}
for i = 3, #KEYS do
  keys[#keys + 1] = KEYS[i]
  seatIds[#seatIds + 1] = ARGV[i]
end
return holdAll(KEYS[1], KEYS[2], keys, seatIds, ARGV[1], tonumber(ARGV[2]))
