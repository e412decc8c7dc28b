-- Purpose: from the opening of a pre-queue on, keep Redis told of the draw and its queue in an epoch. The epoch that begins with
--   the pre-queue shows a later one to be a loss, also to a process that has not seen the queue before.
-- KEYS
--   [1] epoch       hash queue:epoch:{scheduleId}
--   [2] gone        set queue:gone:{scheduleId}
--   [3] log         stream queue:log:{scheduleId}
--   [4] logs        set queue:logs
--   [5] draw        hash queue:draw:{scheduleId}
-- ARGV
--   [1] scheduleId
--   [2] draw        what the caller knows of it (parts/draw.lua)
--   [3] knownUs     latest moment of this queue that the caller has seen, 0 for none
--   [4] restoreMs   how long after a loss tickets put people back
--   [5] graceMs     how long after a loss nobody is admitted
-- Returns
--   {'early'}                                                     the pre-queue has not opened
--   {'held', epochUs, lastUs, isUndrawn, toldStage, isBehind}     toldStage: the last stage written to the log

-- @include ./parts/now.lua
-- @include ./parts/log.lua
-- @include ./parts/epoch.lua
-- @include ./parts/draw.lua
local keys = { epoch = KEYS[1], gone = KEYS[2], log = KEYS[3], logs = KEYS[4], draw = KEYS[5] }
local recovery = { knownUs = tonumber(ARGV[3]), restoreMs = tonumber(ARGV[4]), graceMs = tonumber(ARGV[5]) }
local now = readNow()

if now.us < tonumber(string.match(ARGV[2], '^%S+ %d (%d+)')) then
  return { 'early' }
end
local draw, epoch = noteDraw(keys, ARGV[2]), readEpoch(keys, ARGV[1], now, recovery)
reach(keys, epoch, now.us)
local isBehind = draw.isBehind and not isMomentOf(draw, ARGV[2])
return { 'held', epoch.us, epoch.lastUs, isUndrawn(draw, epoch) and 1 or 0, draw.toldStage, isBehind and 1 or 0 }
