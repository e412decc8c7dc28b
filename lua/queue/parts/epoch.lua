-- Part: the epoch of a schedule's queue, a time in which Redis has forgotten nothing. It needs `append` and keys epoch, gone.
--   A new one begins where there is none, and where the caller knows of a later moment than Redis remembers: something was lost.

local keptSeconds = 30 * 86400

-- There was an older epoch, in which `knownUs` has been: this one began with a loss.
local function markLoss(keys, epoch, knownUs)
  epoch.isLoss, epoch.lostUs = true, math.max(epoch.lostUs, knownUs)
  redis.call('HSET', keys.epoch, 'isLoss', 1, 'lostUs', string.format('%.0f', epoch.lostUs))
end

-- Gives us (its number, µs), beganMs, graceUntilMs, restoreUntilMs, lostUs (last known moment before it), isLoss, lastUs.
local function readEpoch(keys, scheduleId, now, recovery)
  local saved = redis.call('HMGET', keys.epoch,
    'us', 'beganMs', 'graceUntilMs', 'restoreUntilMs', 'lostUs', 'isLoss', 'lastUs')
  local lastUs, knownUs = tonumber(saved[7] or 0), recovery.knownUs
  if saved[1] and knownUs <= lastUs then
    local epoch = {
      us = tonumber(saved[1]), beganMs = tonumber(saved[2]), graceUntilMs = tonumber(saved[3]),
      restoreUntilMs = tonumber(saved[4]), lostUs = tonumber(saved[5]), isLoss = saved[6] == '1', lastUs = lastUs,
    }
    if knownUs > epoch.lostUs and knownUs < epoch.us then
      markLoss(keys, epoch, knownUs)
    end
    return epoch
  end
  local us = math.max(now.us, knownUs + 1, lastUs + 1)
  local epoch = {
    us = us, beganMs = now.ms, graceUntilMs = now.ms + recovery.graceMs,
    restoreUntilMs = now.ms + recovery.restoreMs, lostUs = knownUs, isLoss = knownUs > 0, lastUs = us,
  }
  local number = string.format('%.0f', us)
  redis.call('HSET', keys.epoch, 'us', number, 'beganMs', epoch.beganMs, 'graceUntilMs', epoch.graceUntilMs,
    'restoreUntilMs', epoch.restoreUntilMs, 'lostUs', string.format('%.0f', knownUs), 'isLoss', epoch.isLoss and 1 or 0, 'lastUs', number)
  redis.call('HDEL', keys.epoch, 'frontUs')
  redis.call('DEL', keys.gone)
  append(keys, scheduleId, 'k', 'epoch', 'e', number, 'lost', epoch.isLoss and 1 or 0)
  return epoch
end

-- Gives the number of an epoch as it is kept.
local function textOf(epoch)
  epoch.text = epoch.text or string.format('%.0f', epoch.us)
  return epoch.text
end

-- The latest moment never goes back, whatever the clock does.
local function reach(keys, epoch, us)
  epoch.lastUs = math.max(epoch.lastUs, us)
  redis.call('HSET', keys.epoch, 'lastUs', string.format('%.0f', epoch.lastUs))
end

-- Admission is held back after a loss until those who were before have come back; a clock that has gone back holds nobody.
local function heldMs(epoch, now)
  return epoch.isLoss and now.ms >= epoch.beganMs and math.max(0, epoch.graceUntilMs - now.ms) or 0
end

-- Who leaves or is admitted in this epoch gets no place by a ticket of an older one.
local function markGone(keys, now, userIds)
  local restoreUntilMs = tonumber(redis.call('HGET', keys.epoch, 'restoreUntilMs') or 0)
  if now.ms < restoreUntilMs and #userIds > 0 then
    redis.call('SADD', keys.gone, unpack(userIds))
    redis.call('PEXPIREAT', keys.gone, restoreUntilMs)
  end
end

-- To be called by whatever goes on for as long as a queue lives.
local function keepBooks(keys)
  for _, key in ipairs({ keys.epoch, keys.pace, keys.log, keys.draw }) do
    redis.call('EXPIRE', key, keptSeconds)
  end
end
