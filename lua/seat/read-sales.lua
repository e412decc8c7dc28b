-- Purpose: what has been noted of sales since a moment (RSV-003), and the moment of this look, from which the next one goes on.
-- KEYS
--   [1] sales       sorted set seat:sales:{scheduleId}
-- ARGV
--   [1] sinceMs     unix ms; what was noted in this very ms comes again
-- Returns
--   {'sales', nowMs, note...}   note is 'sold:{seatId}' or 'freed:{seatId}', oldest first

local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local reply = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf')
table.insert(reply, 1, nowMs)
table.insert(reply, 1, 'sales')
return reply
