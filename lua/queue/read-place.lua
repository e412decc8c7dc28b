-- Purpose: tell a user the place in a schedule's queue (QUEUE-002) and keep it alive: each poll renews the active key.
--   A poll before the advised time is answered from what was told last, without a look at the queue; too many of them in
--   a minute are refused (QUEUE-008). A poll at the advised time never is.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] stay        string queue:stay:{scheduleId}:{userId}
--   [4] schedules   set queue:schedules
--   [5] epoch       hash queue:epoch:{scheduleId}
--   [6] gone        set queue:gone:{scheduleId}
--   [7] closed      string queue:closed:{scheduleId}
--   [8] arrived     set queue:arrived:{scheduleId}
--   [9] polls      hash queue:polls:{userId}
--   [10] log        stream queue:log:{scheduleId}
--   [11] logs       set queue:logs
--   [12] draw       hash queue:draw:{scheduleId}
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] activeMs        life of the active key
--   [4] pollsPerMinute  how many early ones are answered
--   [5] perSecond       people admitted, as far as the caller knows
--   [6] knownUs         latest moment of this queue that the caller has seen, 0 for none
--   [7] restoreMs       how long after a loss tickets put people back
--   [8] graceMs         how long after a loss nobody is admitted
--   [9] ticketEpochUs   these three from the user's ticket, 0 for none
--   [10] ticketScoreUs
--   [11] ticketAtMs
--   [12] draw           what the caller knows of the schedule's draw, '' for none (parts/draw.lua)
-- Returns
--   {'waiting', ahead, total, pollAfterMs, epochUs, scoreUs, nowMs, isUndrawn}     ahead: how many are before this user
--   {'active', token, expiresAtMs, pollAfterMs, epochUs, scoreUs, nowMs}    admitted
--   {'closed', reason, pollAfterMs}, {'limited', retryAfterMs}
--   {'absent'}                        neither waiting nor inside, or not heard of for too long
--   {'unclear'}                       which place the ticket proves: the caller knows too little of the draw

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
-- @include ./parts/advise-poll.lua
-- @include ./parts/place.lua
-- @include ./parts/count-poll.lua
local keys = {
  queue = KEYS[1], active = KEYS[2], stay = KEYS[3], schedules = KEYS[4], epoch = KEYS[5], gone = KEYS[6],
  closed = KEYS[7], arrived = KEYS[8], polls = KEYS[9], log = KEYS[10], logs = KEYS[11], draw = KEYS[12],
}
local who = { userId = ARGV[1], scheduleId = ARGV[2], activeMs = tonumber(ARGV[3]), perSecond = tonumber(ARGV[5]) }
local recovery = { knownUs = tonumber(ARGV[6]), restoreMs = tonumber(ARGV[7]), graceMs = tonumber(ARGV[8]) }
local ticket = { epochUs = tonumber(ARGV[9]), scoreUs = tonumber(ARGV[10]), atMs = tonumber(ARGV[11]) }
local now = readNow()

local poll = countPoll(keys, who, now, tonumber(ARGV[4]))
if poll.retryAfterMs then return { 'limited', poll.retryAfterMs } end
local inside, told = answerActive(keys, who, now), poll.told
if inside then return inside end
if told and (ticket.epochUs == 0 or ticket.epochUs == told.epochUs) and redis.call('EXISTS', keys.closed) == 0 then
  return { 'waiting', told.ahead, told.total, poll.earlyByMs, told.epochUs, told.scoreUs, now.ms, 0 }
end

-- Only the queue itself or an authentic ticket show that there is such a queue at all.
local scoreUs = redis.call('ZSCORE', keys.queue, who.userId)
if ticket.epochUs == 0 and not scoreUs then
  return answerClosed(keys, who, now) or { 'absent' }
end
local epoch = readEpoch(keys, who.scheduleId, now, recovery)
meetDraw(keys, who, epoch, ARGV[12])
if ticket.epochUs > 0 then
  if restore(keys, who, ticket, epoch, now) then return { 'unclear' } end
  scoreUs = redis.call('ZSCORE', keys.queue, who.userId)
end
if scoreUs and redis.call('GET', keys.active) == who.scheduleId then
  redis.call('PEXPIRE', keys.active, who.activeMs)
  return answerClosed(keys, who, now) or answerWaiting(keys, who, epoch, now, scoreUs)
end
if scoreUs then
  redis.call('ZREM', keys.queue, who.userId)
  append(keys, who.scheduleId, 'k', 'expired', 'u', who.userId)
end
return answerClosed(keys, who, now) or { 'absent' }
