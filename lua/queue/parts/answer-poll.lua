-- Part: the answer to one of the polls that come together. It needs the parts that answer-polls has.

local function answerInQueue(keys, who, room, seen, ticket, now)
  local userId = who.userId
  -- Only the queue itself or an authentic ticket show that there is such a queue at all.
  if ticket.epochUs == 0 and not seen.scores[userId] then
    return answerClosed(keys, who, now, room.closed) or { 'absent' }
  end
  local epoch, isUnclear = meetEpoch(keys, who, room, seen, ticket, now)
  if isUnclear then return { 'unclear' } end
  local scoreUs = seen.scores[userId]
  if scoreUs and seen.actives[userId] == who.scheduleId then
    redis.call('PEXPIREAT', keys.active, room.activeUntilMs)
    return answerClosed(keys, who, now, room.closed, epoch, scoreUs)
      or answerWaiting(keys, who, epoch, now, scoreUs, redis.call('ZRANK', keys.queue, userId), countTotal(keys, room))
  end
  if scoreUs then
    redis.call('ZREM', keys.queue, userId)
    append(keys, who.scheduleId, 'k', 'expired', 'u', userId)
    lookAgain(keys, room, seen, userId)
  end
  return answerClosed(keys, who, now, room.closed) or { 'absent' }
end

local function answerPoll(keys, room, seen, userId, ticket, now)
  local who = personOf(userId, room.scheduleId, room.activeMs, room.perSecond, room.noted)
  local isTheirs = room.pollsPerMinute > 0
  local poll = isTheirs and countPoll(keys, who, now, room.pollsPerMinute) or {}
  local told = poll.told
  local answer = poll.retryAfterMs and { 'limited', poll.retryAfterMs } or answerActive(keys, who, now, seen.stays[userId])
  if not answer and told and not room.closed and (ticket.epochUs == 0 or ticket.epochUs == told.epochUs) then
    answer = { 'waiting', told.ahead, told.total, poll.earlyByMs, told.epochUs, told.scoreUs, now.ms, 0 }
  end
  answer = answer or answerInQueue(keys, who, room, seen, ticket, now)
  if isTheirs then writeNoted(keys, who) end
  return answer
end
