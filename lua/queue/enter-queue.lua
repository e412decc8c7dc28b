-- Purpose: give a user a place in a schedule's queue, or tell the one already held (QUEUE-001, -006, -011).
--   The place is the entry time in µs of Redis, made later than every earlier one, so that no two are alike.
--   A place whose owner has not been heard of for as long as the active key lives is lost (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] active      string queue:active:{userId}
--   [3] stays       hash queue:stays:{scheduleId}
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
--   [9] draw             what the caller knows of the schedule's draw, '' for none (parts/draw.lua)
--   [10] ticketEpochUs   these three from the user's ticket, 0 for none
--   [11] ticketScoreUs
--   [12] ticketAtMs
--   [13] entersPerMinute  how many of one account are answered, 0 for any number
--   [14] proofEndsMs      until when the work shown counts, 0 where none is shown
-- Returns
--   {'waiting', ahead, total, pollAfterMs, epochUs, scoreUs, nowMs, isUndrawn}     ahead: how many are before this user
--   {'active', token, expiresAtMs, pollAfterMs, epochUs, scoreUs, nowMs}           admitted already
--   {'elsewhere', scheduleId}         waits or shops in another schedule
--   {'closed', reason, pollAfterMs, 0, 0, nowMs}
--   {'full'}, {'draining'}            no room; nobody may enter any more
--   {'owing', bits, nowMs}, {'outdated'}     so much work is to be shown first; the work shown no longer counts
--   {'limited', retryAfterMs}         this account enters too often; nothing was looked at
--   {'unclear'}                       which place the ticket proves: the caller knows too little of the draw

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
-- @include ./parts/advise-poll.lua
-- @include ./parts/note-poll.lua
-- @include ./parts/stay.lua
-- @include ./parts/place.lua
-- @include ./parts/count-enter.lua
-- @include ./parts/drop-gone.lua
-- @include ./parts/refuse-newcomer.lua
-- @include ./parts/join-queue.lua
-- @include ./parts/answer-entry.lua
local keys = {
  queue = KEYS[1], active = KEYS[2], stays = KEYS[3], config = KEYS[4], schedules = KEYS[5], epoch = KEYS[6], gone = KEYS[7],
  closed = KEYS[8], arrived = KEYS[9], polls = KEYS[10], log = KEYS[11], logs = KEYS[12], newcomers = KEYS[13], draw = KEYS[14],
}
local who = personOf(ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5]), {})
local recovery = { knownUs = tonumber(ARGV[6]), restoreMs = tonumber(ARGV[7]), graceMs = tonumber(ARGV[8]) }
local ticket = { epochUs = tonumber(ARGV[10]), scoreUs = tonumber(ARGV[11]), atMs = tonumber(ARGV[12]) }
local terms = { draw = ARGV[9], defaultCapacity = tonumber(ARGV[4]), entersPerMinute = tonumber(ARGV[13]), proofEndsMs = tonumber(ARGV[14]) }

local answer = answerEntry(keys, who, ticket, recovery, terms, readNow())
writeNoted(keys, who)
return answer
