-- Part: a new place, the last one. It needs the parts log and epoch.

-- Gives the place: the moment of entry in µs, later than every earlier one.
local function join(keys, who, epoch, now)
  reach(keys, epoch, math.max(now.us, epoch.lastUs + 1))
  local scoreUs = string.format('%.0f', epoch.lastUs)
  redis.call('ZADD', keys.queue, scoreUs, who.userId)
  redis.call('SET', keys.active, who.scheduleId, 'PX', who.activeMs)
  redis.call('SADD', keys.schedules, who.scheduleId)
  append(keys, who.scheduleId, 'k', 'joined', 'u', who.userId, 's', scoreUs)
  return scoreUs
end
