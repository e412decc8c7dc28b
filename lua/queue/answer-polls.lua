-- Purpose: tell users of one schedule the place in its queue (QUEUE-002) and keep it alive: each poll renews the active key.
--   A poll before the advised time is answered from what was told last, without a look at the queue; too many of them in
--   a minute are refused (QUEUE-008). A poll at the advised time never is. Polls that come together share what a call costs.
-- KEYS
--   [1] queue       sorted set queue:{scheduleId}
--   [2] stays       hash queue:stays:{scheduleId}
--   [3] schedules   set queue:schedules
--   [4] epoch       hash queue:epoch:{scheduleId}
--   [5] gone        set queue:gone:{scheduleId}
--   [6] closed      string queue:closed:{scheduleId}
--   [7] arrived     set queue:arrived:{scheduleId}
--   [8] log         stream queue:log:{scheduleId}
--   [9] logs        set queue:logs
--   [10] draw       hash queue:draw:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] activeMs        life of the active key
--   [3] pollsPerMinute  how many early ones are answered; 0: the service asks for them, which is no poll of theirs
--   [4] perSecond       people admitted, as far as the caller knows
--   [5] knownUs         latest moment of this queue that the caller has seen, 0 for none
--   [6] restoreMs       how long after a loss tickets put people back
--   [7] graceMs         how long after a loss nobody is admitted
--   [8] draw            what the caller knows of the schedule's draw, '' for none (parts/draw.lua)
--   [9] activeKeyPrefix   these two with the client's key prefix
--   [10] pollsKeyPrefix
--   [11..] people       each `{userId}`, or `{userId} {epochUs} {scoreUs} {atMs}` with what the user's ticket says
-- Returns
--   {'answers', answer...}    in the order of people, each one of
--   {'waiting', ahead, total, pollAfterMs, epochUs, scoreUs, nowMs, isUndrawn}     ahead: how many are before this user
--   {'active', token, expiresAtMs, pollAfterMs, epochUs, scoreUs, nowMs}    admitted
--   {'closed', reason, pollAfterMs, epochUs, scoreUs, nowMs}       the place that is kept meanwhile; 0 of who has none
--   {'limited', retryAfterMs}
--   {'absent'}                        neither waiting nor inside, or not heard of for too long
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
-- @include ./parts/count-poll.lua
-- @include ./parts/answer-poll.lua
local keys = {
  queue = KEYS[1], stays = KEYS[2], schedules = KEYS[3], epoch = KEYS[4], gone = KEYS[5],
  arrived = KEYS[7], log = KEYS[8], logs = KEYS[9], draw = KEYS[10],
}
local room = {
  scheduleId = ARGV[1], activeMs = tonumber(ARGV[2]), pollsPerMinute = tonumber(ARGV[3]), perSecond = tonumber(ARGV[4]),
  knownUs = tonumber(ARGV[5]), restoreMs = tonumber(ARGV[6]), graceMs = tonumber(ARGV[7]), toldDraw = ARGV[8],
  closed = redis.call('GET', KEYS[6]), noted = {},
}
local activePrefix, pollsPrefix, userIds, activeKeys = ARGV[9], ARGV[10], {}, {}
for i = 11, #ARGV do
  local userId = string.sub(ARGV[i], 1, userIdLength)
  userIds[i - 10], activeKeys[i - 10] = userId, activePrefix .. userId
end
local seen = seeAll(keys, userIds, activeKeys)
local now, reply = readNow(), { 'answers' }
-- As a moment and a text, once for all: Redis would make both anew of each life.
room.activeUntilMs = string.format('%.0f', now.ms + room.activeMs)
for i, userId in ipairs(userIds) do
  keys.active, keys.polls = activeKeys[i], pollsPrefix .. userId
  local ticket = #ARGV[i + 10] > userIdLength and ticketIn(ARGV[i + 10]) or noTicket
  reply[i + 1] = answerPoll(keys, room, seen, userId, ticket, now)
end
return reply
