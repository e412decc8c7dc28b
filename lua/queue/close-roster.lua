-- Purpose: fix the moment at which the roster of a pre-queue closes: who had a place by then is in it, later ones are behind. It is T-0,
--   however late this is called. Where the clock has gone back behind the latest place, nobody can tell any more who came before T-0:
--   then it is now, after every place so far. Once fixed it stays, until Redis loses it. After a loss this waits, but not for ever, for
--   those who come back: their places are from before.
-- KEYS
--   [1] epoch       hash queue:epoch:{scheduleId}
--   [2] gone        set queue:gone:{scheduleId}
--   [3] log         stream queue:log:{scheduleId}
--   [4] logs        set queue:logs
--   [5] draw        hash queue:draw:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] draw         what the caller knows of it (parts/draw.lua)
--   [3] dueMs        not before
--   [4] settleMs     how long after the beginning of an epoch that began with a loss
--   [5] settleMaxMs  but at most so long after dueMs
--   [6] knownUs      latest moment of this queue that the caller has seen, 0 for none
--   [7] restoreMs    how long after a loss tickets put people back
--   [8] graceMs      how long after a loss nobody is admitted
-- Returns
--   {'closed', closedUs}   a whole millisecond, so that a date can say it; never before dueMs
--   {'early', waitMs}
--   {'outdated'}           the caller knows less than Redis

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
local keys = { epoch = KEYS[1], gone = KEYS[2], log = KEYS[3], logs = KEYS[4], draw = KEYS[5] }
local dueMs, settleMs, settleMaxMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local recovery = { knownUs = tonumber(ARGV[6]), restoreMs = tonumber(ARGV[7]), graceMs = tonumber(ARGV[8]) }
local openingMs = 5000
local now = readNow()

local draw, epoch = noteDraw(keys, ARGV[2]), readEpoch(keys, ARGV[1], now, recovery)
if isMomentOf(draw, ARGV[2]) then return { 'closed', draw.closedUs } end
if draw.isBehind then return { 'outdated' } end
local sinceLoss = epoch.isLoss or epoch.beganMs > draw.opensUs / 1000 + openingMs
local readyMs = sinceLoss and math.min(epoch.beganMs + settleMs, dueMs + settleMaxMs) or dueMs
local waitMs = math.max(dueMs, readyMs) - now.ms
if waitMs > 0 then return { 'early', waitMs } end
local closedUs = epoch.lastUs <= now.us and dueMs * 1000 or math.ceil((epoch.lastUs + 1) / 1000) * 1000
reach(keys, epoch, closedUs)
keepDraw(keys, draw.id, momentStage, string.format('%.0f', draw.opensUs), string.format('%.0f', closedUs))
return { 'closed', closedUs }
