-- Part: what a person is answered about a place. It needs the parts log, epoch, draw, advise-poll, note-poll and stay.

local closedPollMs, activePollMs = 20000, 30000

-- Puts the owner of a ticket of an older epoch back at the old place: not too late, and not who left or was admitted since.
-- A ticket that was old when the older epoch ended is of somebody who had lost the place by then; a score of 0 is no place at all.
-- Gives true where this caller cannot say which place it is.
local function restore(keys, who, ticket, epoch, now)
  if ticket.epochUs == 0 or ticket.epochUs == epoch.us then
    return
  end
  if not epoch.isLoss then
    markLoss(keys, epoch, 0)
  end
  if now.ms >= epoch.restoreUntilMs or ticket.atMs + who.activeMs < epoch.lostUs / 1000 then
    return
  end
  local active = redis.call('GET', keys.active)
  if (active and active ~= who.scheduleId) or redis.call('SISMEMBER', keys.gone, who.userId) == 1 then
    return
  end
  if isUnclear(keys, who, ticket.scoreUs) then
    return true
  end
  if ticket.scoreUs == 0 then
    return
  end
  local scoreUs = string.format('%.0f', ticket.scoreUs)
  redis.call('SET', keys.active, who.scheduleId, 'PX', who.activeMs)
  redis.call('SADD', keys.schedules, who.scheduleId)
  if redis.call('ZADD', keys.queue, 'LT', 'CH', scoreUs, who.userId) == 1 then
    reach(keys, epoch, ticket.scoreUs)
    append(keys, who.scheduleId, 'k', 'restored', 'u', who.userId, 's', scoreUs)
  end
end

-- The answer to somebody in the queue; it is kept for a poll that comes earlier than advised, but for one without an order yet.
local function answerWaiting(keys, who, epoch, now, scoreUs, ahead, total)
  local pollAfterMs = notLater(who, who.isUndrawn and adviseUndrawn(ahead) or advisePoll(ahead, who.perSecond))
  local saved = who.saved
  noteChange(who, saved.scheduleId, 'scheduleId', who.scheduleId)
  noteChange(who, saved.epochUs, 'epochUs', textOf(epoch))
  noteChange(who, saved.scoreUs, 'scoreUs', scoreUs)
  note(who, 'nextMs', now.ms + pollAfterMs)
  note(who, 'total', total)
  if who.isUndrawn then redis.call('HDEL', keys.polls, 'ahead') else note(who, 'ahead', ahead) end
  return { 'waiting', ahead, total, pollAfterMs, epoch.us, tonumber(scoreUs), now.ms, who.isUndrawn and 1 or 0 }
end

local function advise(keys, who, now, pollAfterMs)
  note(who, 'scheduleId', who.scheduleId)
  note(who, 'nextMs', now.ms + pollAfterMs)
  redis.call('HDEL', keys.polls, 'ahead')
end

-- The answer to somebody inside, or nil. Whom it has reached is no no-show.
local function answerActive(keys, who, now, stay)
  local token, expiresAtMs, epochUs, scoreUs = stayIn(stay, now.ms)
  if not token then
    return nil
  end
  local pollAfterMs = notLater(who, activePollMs)
  advise(keys, who, now, pollAfterMs)
  redis.call('SADD', keys.arrived, who.userId)
  redis.call('PEXPIRE', keys.arrived, 2 * who.activeMs)
  return { 'active', token, tonumber(expiresAtMs), pollAfterMs, tonumber(epochUs), tonumber(scoreUs), now.ms }
end

-- The answer to everybody who is not inside while the queue is closed for a reason, or nil. Who keeps a place meanwhile is told it
--   too (`epoch` and `scoreUs`): the wait for seats that come back is longer than an older ticket would count after a loss.
local function answerClosed(keys, who, now, reason, epoch, scoreUs)
  if not reason then
    return nil
  end
  local pollAfterMs = notLater(who, closedPollMs)
  advise(keys, who, now, pollAfterMs)
  return { 'closed', reason, pollAfterMs, scoreUs and epoch.us or 0, tonumber(scoreUs or 0), now.ms }
end
