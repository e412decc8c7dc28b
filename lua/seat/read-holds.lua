-- Purpose: one page of the seats of a schedule that are held now; a member whose lock has gone is not shown (data.md, rule 6).
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2] cursor          '0' for the first page
--   [3] pageSize        about how many members are looked at
-- Returns
--   {'page', nextCursor, tentativeCount, seatId...}   nextCursor is '0' on the last page; a seat may come twice over several
--     pages. The first `tentativeCount` seats are only being written.

local page = redis.call('SSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local reply = { 'page', page[1], 0 }
local seatIds = page[2]
if #seatIds == 0 then
  return reply
end

local locks = {}
for i, seatId in ipairs(seatIds) do
  locks[i] = ARGV[1] .. seatId
end
local owners = redis.call('MGET', unpack(locks))
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local tentativeUntilMs = redis.call('EXISTS', KEYS[2]) == 1 and redis.call('ZMSCORE', KEYS[2], unpack(seatIds)) or {}
local committed = {}
for i, owner in ipairs(owners) do
  if owner and tonumber(tentativeUntilMs[i] or 0) > nowMs then
    reply[#reply + 1] = seatIds[i]
  elseif owner then
    committed[#committed + 1] = seatIds[i]
  end
end
reply[3] = #reply - 3
for _, seatId in ipairs(committed) do
  reply[#reply + 1] = seatId
end
return reply
