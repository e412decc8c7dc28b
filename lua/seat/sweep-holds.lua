-- Purpose: take out of hold_seats one page of the members whose lock has gone (data.md, rule 6).
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2] cursor          '0' for the first page
--   [3] pageSize        about how many members are looked at
-- Returns
--   {'page', nextCursor, seatId...}   the seats taken out; nextCursor is '0' on the last page

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
local gone = {}
for i, owner in ipairs(redis.call('MGET', unpack(locks))) do
  if not owner then
    gone[#gone + 1] = seatIds[i]
    reply[#reply + 1] = seatIds[i]
  end
end
if #gone > 0 then
  redis.call('SREM', KEYS[1], unpack(gone))
  redis.call('ZREM', KEYS[2], unpack(gone))
end
return reply
