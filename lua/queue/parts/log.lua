-- Part: the log of a schedule's queue (README.md), written in the same step as what it tells.

local logMax = 200000

local function append(keys, scheduleId, ...)
  redis.call('XADD', keys.log, 'MAXLEN', '~', logMax, '*', ...)
  redis.call('SADD', keys.logs, scheduleId)
end
