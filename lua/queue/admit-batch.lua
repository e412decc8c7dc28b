-- Purpose: let in the next people of a schedule's queue, in order, as many as are due (QUEUE-005; data.md, rules 1 and 2).
--   A token bucket on Redis time, batchSize deep: however many replicas call, in any window of t ms at most
--   t / intervalMs * batchSize + batchSize get in. People who have left are dropped without spending any of it;
--   while nobody can get in they are looked for all over the queue, so that one that is over comes to its end.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] admitted    sorted set queue:admitted:{scheduleId}
--   [3] config      hash queue:config:{scheduleId}
--   [4] pace        hash queue:pace:{scheduleId}
--   [5] schedules   set queue:schedules
--   [6] epoch       hash queue:epoch:{scheduleId}
--   [7] gone        set queue:gone:{scheduleId}
--   [8] closed      string queue:closed:{scheduleId}
--   [9] log         stream queue:log:{scheduleId}
--   [10] logs       set queue:logs
--   [11] draw       hash queue:draw:{scheduleId}
--   [12] stays      hash queue:stays:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] tokenMs              life of a token
--   [3] defaultBatchSize
--   [4] defaultIntervalMs
--   [5] knownUs              latest moment of this queue that the caller has seen, 0 for none
--   [6] restoreMs            how long after a loss tickets put people back
--   [7] graceMs              how long after a loss nobody is admitted
--   [8] activeKeyPrefix      these two with the client's key prefix
--   [9] tokenKeyPrefix
--   [10] draw                what the caller knows of the schedule's draw, '' for none (parts/draw.lua)
--   [11] heardUs             the epoch in which the caller has heard of draws, -1 for who knows all (parts/draw.lua)
--   [12..] tokens            fresh ones: so many may get in by this call
-- Returns
--   {'admitted', waiting, inside, dropped, ended, admittedTotal, droppedTotal, leftTotal, epochUs, lastUs, frontUs, firstUs,
--     heldMs, closed, undrawn, userId...}
--     ended: stays to clear away; frontUs: the last place that admission has come to in this epoch, firstUs: the first one that
--     waits, 0 for none; closed: the reason or ''; undrawn: the draw awaited, or ''; the first user has the first token

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
-- @include ./parts/token-bucket.lua
-- @include ./parts/admit-people.lua
-- @include ./parts/drop-gone.lua
-- @include ./parts/front.lua
local keys = {
  queue = KEYS[1], admitted = KEYS[2], pace = KEYS[4], epoch = KEYS[6], gone = KEYS[7], log = KEYS[9], logs = KEYS[10],
  draw = KEYS[11], stays = KEYS[12],
}
local scheduleId, tokenMs = ARGV[1], tonumber(ARGV[2])
local config = redis.call('HMGET', KEYS[3], 'batchSize', 'intervalMs', 'maxInside', 'paused')
local now = readNow()
local recovery = { knownUs = tonumber(ARGV[5]), restoreMs = tonumber(ARGV[6]), graceMs = tonumber(ARGV[7]) }
local epoch = readEpoch(keys, scheduleId, now, recovery)
local closed = redis.call('GET', KEYS[8]) or ''
local inside = redis.call('ZCOUNT', keys.admitted, '(' .. now.ms, '+inf')

local bucket = readBucket(keys, now, tonumber(config[1] or ARGV[3]), tonumber(config[2] or ARGV[4]) * 1000)
local tokens, room = { unpack(ARGV, 12) }, (tonumber(config[3]) or math.huge) - inside
-- A client that lost its connection sends the same call again: then its tokens are somebody's already.
local isRepeated = #tokens == 0 or redis.call('EXISTS', ARGV[9] .. tokens[1]) == 1
local held, undrawn = heldByDrawMs(keys, epoch, heldMs(epoch, now), ARGV[10], tonumber(ARGV[11]))
local isHeld, isStopped = held > 0 or isRepeated, closed ~= '' or config[4] == 'true' or room <= 0
local gone = isStopped and not isHeld and dropGone(keys, scheduleId, ARGV[8], seenMin) or 0
local due = (isStopped or isHeld) and 0 or math.min(bucket.due, #tokens, room)
local prefixes = { active = ARGV[8], token = ARGV[9] }
local users, dropped = admitPeople(keys, scheduleId, prefixes, due, tokens, tokenMs, epoch, now)

redis.call('HSET', keys.pace, 'paidUntilUs', string.format('%.0f', bucket.paidUntilUs + #users * bucket.personUs))
reach(keys, epoch, now.us)
keepBooks(keys)
local admittedTotal, droppedTotal, leftTotal = countPlaces(keys, #users, dropped)
local frontUs, firstUs = readFront(keys)
local waiting, stays = redis.call('ZCARD', keys.queue), redis.call('ZCARD', keys.admitted)
if waiting + stays == 0 then redis.call('SREM', KEYS[5], scheduleId) end
inside = inside + #users
return {
  'admitted', waiting, inside, dropped + gone, stays - inside, admittedTotal, droppedTotal, leftTotal, epoch.us, epoch.lastUs,
  frontUs, firstUs, held, closed, undrawn, unpack(users),
}
