-- Purpose: give users places in a schedule's queue, or tell those already held (QUEUE-001, -006, -011). People who come together
--   share what a call costs; each is judged in the order of the call, after those before.
--   The place is the entry time in µs of Redis, made later than every earlier one, so that no two are alike.
--   A place whose owner has not been heard of for as long as the active key lives is lost (data.md, rule 1).
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] stays       hash queue:stays:{scheduleId}
--   [3] config      hash queue:config:{scheduleId}
--   [4] schedules   set queue:schedules
--   [5] epoch       hash queue:epoch:{scheduleId}
--   [6] gone        set queue:gone:{scheduleId}
--   [7] closed      string queue:closed:{scheduleId}
--   [8] arrived     set queue:arrived:{scheduleId}
--   [9] log         stream queue:log:{scheduleId}
--   [10] logs       set queue:logs
--   [11] draw       hash queue:draw:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] activeMs         life of the active key
--   [3] defaultCapacity  where none is configured
--   [4] entersPerMinute  how many of one account are answered, 0 for any number
--   [5] perSecond        people admitted, as far as the caller knows
--   [6] knownUs          latest moment of this queue that the caller has seen, 0 for none
--   [7] restoreMs        how long after a loss tickets put people back
--   [8] graceMs          how long after a loss nobody is admitted
--   [9] draw             what the caller knows of the schedule's draw, '' for none (parts/draw.lua)
--   [10] activeKeyPrefix   these three with the client's key prefix
--   [11] pollsKeyPrefix
--   [12] newcomersKeyPrefix
--   [13..] people        each `{userId} {network} {proofEndsMs}`, the last until when the work shown counts, 0 where none is shown;
--                        and ` {epochUs} {scoreUs} {atMs}` after it with what the user's ticket says
-- Returns
--   {'answers', answer...}    in the order of people, each one of
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
-- @include ./parts/together.lua
-- @include ./parts/count-enter.lua
-- @include ./parts/drop-gone.lua
-- @include ./parts/join-queue.lua
-- @include ./parts/refuse-newcomer.lua
-- @include ./parts/answer-entry.lua
-- @include ./parts/enter-all.lua
local keys = {
  queue = KEYS[1], stays = KEYS[2], config = KEYS[3], schedules = KEYS[4], epoch = KEYS[5], gone = KEYS[6],
  arrived = KEYS[8], log = KEYS[9], logs = KEYS[10], draw = KEYS[11],
}
local room = {
  scheduleId = ARGV[1], activeMs = tonumber(ARGV[2]), defaultCapacity = ARGV[3], entersPerMinute = tonumber(ARGV[4]),
  perSecond = tonumber(ARGV[5]), knownUs = tonumber(ARGV[6]), restoreMs = tonumber(ARGV[7]), graceMs = tonumber(ARGV[8]),
  toldDraw = ARGV[9], activePrefix = ARGV[10], pollsPrefix = ARGV[11], newcomersPrefix = ARGV[12],
  closed = redis.call('GET', KEYS[7]), newcomers = nobodyNew(), networks = {}, counted = 0, noted = {},
}
return enterAll(keys, room, { unpack(ARGV, 13) }, readNow())
