-- Purpose: let in the next people of a schedule's queue, in order, as many as are due (QUEUE-005; data.md, rules 1 and 2).
--   A token bucket on Redis time, batchSize deep: however many replicas call, in any window of t ms at most
--   t / intervalMs * batchSize + batchSize get in. People who have left are dropped without spending any of it.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] admitted    sorted set queue:admitted:{scheduleId}
--   [3] config      hash queue:config:{scheduleId}
--   [4] pace        hash queue:pace:{scheduleId}
--   [5] schedules   set queue:schedules
-- ARGV
--   [1] scheduleId
--   [2] tokenMs              life of a token
--   [3] defaultBatchSize
--   [4] defaultIntervalMs
--   [5] activeKeyPrefix      these three with the client's key prefix
--   [6] tokenKeyPrefix
--   [7] userTokensKeyPrefix
--   [8..] tokens             fresh ones: so many may get in by this call
-- Returns
--   {'admitted', waiting, inside, dropped, admittedTotal, userId...}   the first user has the first token, and so on

local scheduleId, tokenMs = ARGV[1], tonumber(ARGV[2])
local config = redis.call('HMGET', KEYS[3], 'batchSize', 'intervalMs', 'maxInside', 'paused')
local batchSize, intervalUs = tonumber(config[1] or ARGV[3]), tonumber(config[2] or ARGV[4]) * 1000
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local nowMs = math.floor(nowUs / 1000)
local expiresAtMs = nowMs + tokenMs

local ended = redis.call('ZCOUNT', KEYS[2], '-inf', nowMs)
if ended > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, math.min(ended, 1000) - 1)
end
local inside = redis.call('ZCOUNT', KEYS[2], '(' .. nowMs, '+inf')

-- All time until paidUntilUs has been spent on people; of idle time no more than one batch's worth is kept.
local paidUntilUs = math.min(tonumber(redis.call('HGET', KEYS[4], 'paidUntilUs') or 0), nowUs)
paidUntilUs = math.max(paidUntilUs, nowUs - intervalUs)
local personUs = intervalUs / batchSize
local due = math.min(math.floor((nowUs - paidUntilUs) / personUs + 1e-6), #ARGV - 7)
due = math.min(due, (tonumber(config[3]) or math.huge) - inside)
-- A client that lost its connection sends the same call again: then its tokens are somebody's already.
if config[4] == 'true' or #ARGV < 8 or redis.call('EXISTS', ARGV[6] .. ARGV[8]) == 1 then
  due = 0
end

local userIds, activeKeys, entries, seen = {}, {}, {}, 0
local heads = due > 0 and redis.call('ZRANGE', KEYS[1], 0, math.max(due, 50) - 1) or {}
for i, userId in ipairs(heads) do
  activeKeys[i] = ARGV[5] .. userId
end
local actives = #heads > 0 and redis.call('MGET', unpack(activeKeys)) or {}
while seen < #heads and #userIds < due do
  seen = seen + 1
  if actives[seen] == scheduleId then
    local userId, token = heads[seen], ARGV[8 + #userIds]
    local facts = { userId = userId, scheduleId = scheduleId, type = 'RESERVATION', issuedAt = nowMs, expiresAt = expiresAtMs }
    redis.call('SET', ARGV[6] .. token, cjson.encode(facts), 'PX', tokenMs)
    redis.call('HSET', ARGV[7] .. userId, 'reservation', token, 'reservationExpiresAtMs', expiresAtMs)
    redis.call('PEXPIRE', ARGV[7] .. userId, tokenMs)
    redis.call('PEXPIRE', activeKeys[seen], tokenMs)
    userIds[#userIds + 1] = userId
    entries[2 * #userIds - 1], entries[2 * #userIds] = expiresAtMs, userId
  end
end
-- Those seen are the first of the queue: by rank they leave it in one step.
if seen > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, seen - 1) end
if #userIds > 0 then
  redis.call('ZADD', KEYS[2], unpack(entries))
  redis.call('PEXPIRE', KEYS[2], tokenMs)
end

redis.call('HSET', KEYS[4], 'paidUntilUs', string.format('%.0f', paidUntilUs + #userIds * personUs))
local admittedTotal = redis.call('HINCRBY', KEYS[4], 'admittedTotal', #userIds)
local waiting = redis.call('ZCARD', KEYS[1])
if waiting == 0 then
  redis.call('SREM', KEYS[5], scheduleId)
end
return { 'admitted', waiting, inside + #userIds, seen - #userIds, admittedTotal, unpack(userIds) }
