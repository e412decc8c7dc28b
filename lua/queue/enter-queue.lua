-- Purpose: give a user a place in a schedule's queue, or tell the one already held (QUEUE-001, -006, -011).
--   The place is the entry time in µs of Redis, made later than every earlier one, so that no two are alike.
--   A place whose owner has not been heard of for as long as the active key lives is lost (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] userTokens  hash queue:tokens:{scheduleId}:{userId}
--   [4] config      hash queue:config:{scheduleId}
--   [5] schedules   set queue:schedules
--   [6] epoch       hash queue:epoch:{scheduleId}
--   [7] gone        set queue:gone:{scheduleId}
--   [8] closed      string queue:closed:{scheduleId}
--   [9] arrived    set queue:arrived:{scheduleId}
--   [10] polls      hash queue:polls:{userId}
--   [11] log        stream queue:log:{scheduleId}
--   [12] logs       set queue:logs
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] activeMs         life of the active key
--   [4] defaultCapacity  where none is configured
--   [5] perSecond        people admitted, as far as the caller knows
--   [6] knownUs          latest moment of this queue that the caller has seen, 0 for none
--   [7] restoreMs        how long after a loss tickets put people back
--   [8] graceMs          how long after a loss nobody is admitted
--   [9] ticketEpochUs    these three from the user's ticket, 0 for none
--   [10] ticketScoreUs
--   [11] ticketAtMs
-- Returns
--   {'waiting', ahead, total, pollAfterMs, epochUs, scoreUs, nowMs}                ahead: how many are before this user
--   {'active', token, expiresAtMs, pollAfterMs, epochUs, scoreUs, nowMs}           admitted already
--   {'elsewhere', scheduleId}         waits or shops in another schedule
--   {'closed', reason, pollAfterMs}
--   {'full'}
--   {'draining'}                      nobody may enter any more

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/advise-poll.lua
-- @include ./parts/place.lua
local keys = {
  queue = KEYS[1], active = KEYS[2], userTokens = KEYS[3], schedules = KEYS[5], epoch = KEYS[6], gone = KEYS[7],
  closed = KEYS[8], arrived = KEYS[9], polls = KEYS[10], log = KEYS[11], logs = KEYS[12],
}
local who = { userId = ARGV[1], scheduleId = ARGV[2], activeMs = tonumber(ARGV[3]), perSecond = tonumber(ARGV[5]) }
local recovery = { knownUs = tonumber(ARGV[6]), restoreMs = tonumber(ARGV[7]), graceMs = tonumber(ARGV[8]) }
local ticket = { epochUs = tonumber(ARGV[9]), scoreUs = tonumber(ARGV[10]), atMs = tonumber(ARGV[11]) }
local now = readNow()

local active = redis.call('GET', keys.active)
if active and active ~= who.scheduleId then return { 'elsewhere', active } end
local inside = answerActive(keys, who, now)
if inside then return inside end
local epoch = readEpoch(keys, who.scheduleId, now, recovery)
restore(keys, who, ticket, epoch, now)
local closed = answerClosed(keys, who, now)
if closed then return closed end
local scoreUs = redis.call('ZSCORE', keys.queue, who.userId)
if scoreUs then
  if redis.call('PEXPIRE', keys.active, who.activeMs) == 1 then return answerWaiting(keys, who, epoch, now, scoreUs) end
  redis.call('ZREM', keys.queue, who.userId)
  append(keys, who.scheduleId, 'k', 'expired', 'u', who.userId)
end
local config = redis.call('HMGET', KEYS[4], 'capacity', 'draining')
if config[2] == 'true' then return { 'draining' } end
if redis.call('ZCARD', keys.queue) >= tonumber(config[1] or ARGV[4]) then return { 'full' } end

reach(keys, epoch, math.max(now.us, epoch.lastUs + 1))
scoreUs = string.format('%.0f', epoch.lastUs)
redis.call('ZADD', keys.queue, scoreUs, who.userId)
redis.call('SET', keys.active, who.scheduleId, 'PX', who.activeMs)
redis.call('SADD', keys.schedules, who.scheduleId)
append(keys, who.scheduleId, 'k', 'joined', 'u', who.userId, 's', scoreUs)
keepPolls(keys)
return answerWaiting(keys, who, epoch, now, scoreUs)
