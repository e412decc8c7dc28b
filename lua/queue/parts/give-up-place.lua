-- Part: give up a place in a schedule's queue, so that no ticket of an older epoch brings it back. It needs the parts log and epoch.

-- Gives whether the user held one.
local function giveUpPlace(keys, userId, scheduleId, now)
  markGone(keys, now, { userId })
  redis.call('HDEL', keys.polls, 'nextMs', 'ahead')
  if redis.call('ZREM', keys.queue, userId) == 0 then
    return false
  end
  if redis.call('GET', keys.active) == scheduleId then
    redis.call('DEL', keys.active)
  end
  redis.call('HINCRBY', keys.pace, 'leftTotal', 1)
  append(keys, scheduleId, 'k', 'left', 'u', userId)
  return true
end
