-- Purpose: one page of the seats of a schedule that are held now; a member whose lock has gone is not shown (data.md, rule 6).
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2] cursor          '0' for the first page
--   [3] pageSize        about how many members are looked at
-- Returns
--   {'page', nextCursor, seatId...}   nextCursor is '0' on the last page; a seat may come twice over several pages

local page = redis.call('SSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local reply = { 'page', page[1] }
local seatIds = page[2]
if #seatIds == 0 then
  return reply
end

local locks = {}
for i, seatId in ipairs(seatIds) do
  locks[i] = ARGV[1] .. seatId
end
for i, owner in ipairs(redis.call('MGET', unpack(locks))) do
  if owner then
    reply[#reply + 1] = seatIds[i]
  end
end
return reply
