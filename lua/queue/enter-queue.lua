-- Purpose: give a user a place in a schedule's queue, or tell the one already held (QUEUE-001, -006, -011).
--   The place is the entry time in µs of Redis, made later than every earlier one, so that no two are alike.
--   A place whose owner has not been heard of for as long as the active key lives is lost (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] stay        string queue:stay:{scheduleId}:{userId}
--   [4] config      hash queue:config:{scheduleId}
--   [5] schedules   set queue:schedules
--   [6] epoch       hash queue:epoch:{scheduleId}
--   [7] gone        set queue:gone:{scheduleId}
--   [8] closed      string queue:closed:{scheduleId}
--   [9] arrived     set queue:arrived:{scheduleId}
--   [10] polls      hash queue:polls:{userId}
--   [11] log        stream queue:log:{scheduleId}
--   [12] logs       set queue:logs
--   [13] newcomers  sorted set queue:newcomers:{scheduleId}:{network}
--   [14] draw       hash queue:draw:{scheduleId}
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
--   [12] draw             what the caller knows of the schedule's draw, '' for none (parts/draw.lua)
--   [13] entersPerMinute  how many of one account are answered, 0 for any number
--   [14] proofEndsMs      until when the work shown counts, 0 where none is shown
-- Returns
--   {'waiting', ahead, total, pollAfterMs, epochUs, scoreUs, nowMs, isUndrawn}     ahead: how many are before this user
--   {'active', token, expiresAtMs, pollAfterMs, epochUs, scoreUs, nowMs}           admitted already
--   {'elsewhere', scheduleId}, {'closed', reason, pollAfterMs}     waits or shops in another schedule; the queue is closed
--   {'full'}, {'draining'}            no room; nobody may enter any more
--   {'owing', bits, nowMs}, {'outdated'}     so much work is to be shown first; the work shown no longer counts
--   {'limited', retryAfterMs}         this account enters too often; nothing was looked at
--   {'unclear'}                       which place the ticket proves: the caller knows too little of the draw

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
-- @include ./parts/advise-poll.lua
-- @include ./parts/place.lua
-- @include ./parts/count-enter.lua
-- @include ./parts/refuse-newcomer.lua
-- @include ./parts/join-queue.lua
local keys = {
  queue = KEYS[1], active = KEYS[2], stay = KEYS[3], config = KEYS[4], schedules = KEYS[5], epoch = KEYS[6], gone = KEYS[7],
  closed = KEYS[8], arrived = KEYS[9], polls = KEYS[10], log = KEYS[11], logs = KEYS[12], newcomers = KEYS[13], draw = KEYS[14],
}
local who = { userId = ARGV[1], scheduleId = ARGV[2], activeMs = tonumber(ARGV[3]), perSecond = tonumber(ARGV[5]) }
local recovery = { knownUs = tonumber(ARGV[6]), restoreMs = tonumber(ARGV[7]), graceMs = tonumber(ARGV[8]) }
local ticket = { epochUs = tonumber(ARGV[9]), scoreUs = tonumber(ARGV[10]), atMs = tonumber(ARGV[11]) }
local now = readNow()

local retryAfterMs = countEnter(keys, now, tonumber(ARGV[13]))
if retryAfterMs then return { 'limited', retryAfterMs } end
local active = redis.call('GET', keys.active)
if active and active ~= who.scheduleId then return { 'elsewhere', active } end
local inside = answerActive(keys, who, now)
if inside then return inside end
local epoch = readEpoch(keys, who.scheduleId, now, recovery)
meetDraw(keys, who, epoch, ARGV[12])
if restore(keys, who, ticket, epoch, now) then return { 'unclear' } end
local closed = answerClosed(keys, who, now)
if closed then return closed end
local scoreUs = redis.call('ZSCORE', keys.queue, who.userId)
if scoreUs then
  if redis.call('PEXPIRE', keys.active, who.activeMs) == 1 then return answerWaiting(keys, who, epoch, now, scoreUs) end
  redis.call('ZREM', keys.queue, who.userId)
  append(keys, who.scheduleId, 'k', 'expired', 'u', who.userId)
end
local refusal = refuseNewcomer(keys, who, now, tonumber(ARGV[4]), tonumber(ARGV[14]))
if refusal then return refusal end
return answerWaiting(keys, who, epoch, now, join(keys, who, epoch, now))
