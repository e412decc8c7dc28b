-- Purpose: hold up to four seats for each of several reservations, one after the other (RSV-003), each all or none. A hold is tentative:
--   it ends by itself unless commit-hold follows the database row. Holding again for the same reservation changes nothing that is committed.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2..] holds         as parts/see-seats.lua reads them, with the milliseconds for which each is tentative
-- Returns
--   {'answers', answer...}    in the order of the holds, each one of
--   {'held', expiresAtMs}                   all are ours; the first of them ends then
--   {'taken', seatId...}                    these belong to another reservation that is in the database
--   {'tentative', waitMs, seatId...}        others are being written: their outcome is known within waitMs

-- @include ./parts/see-seats.lua
-- @include ./parts/hold-all.lua
local holds = readHolds({ unpack(ARGV, 2) })
local seats = seeSeats(KEYS[2], ARGV[1], seatIdsOf(holds))
return { 'answers', unpack(holdEach(KEYS[1], KEYS[2], seats, holds)) }
