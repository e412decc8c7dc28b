-- Part: the answer to one of those who enter together, each as if those before had come by calls of their own. It needs the parts that
--   enter-queue has.

local function answerCounted(keys, who, room, seen, proof, ticket, now)
  local userId = who.userId
  local active = seen.actives[userId]
  if active and active ~= room.scheduleId then return { 'elsewhere', active } end
  local inside = answerActive(keys, who, now, seen.stays[userId])
  if inside then return inside end
  if ticket ~= noTicket then seat(keys, room) end
  local epoch, isUnclear = meetEpoch(keys, who, room, seen, ticket, now)
  if isUnclear then return { 'unclear' } end
  local closed = answerClosed(keys, who, now, room.closed)
  if closed then return closed end
  local scoreUs = seen.scores[userId]
  if scoreUs then seat(keys, room) end
  if scoreUs and seen.actives[userId] then
    redis.call('PEXPIREAT', keys.active, room.activeUntilMs)
    return answerWaiting(keys, who, epoch, now, scoreUs, redis.call('ZRANK', keys.queue, userId), countTotal(keys, room))
  end
  if scoreUs then
    redis.call('ZREM', keys.queue, userId)
    append(keys, room.scheduleId, 'k', 'expired', 'u', userId)
    seen.scores[userId], room.total = nil, nil
  end
  local refusal = refuseNewcomer(keys, room, seen, userId, proof, now)
  -- A newcomer stands behind everybody.
  return refusal or answerWaiting(keys, who, epoch, now, join(keys, room, seen, userId, now), room.total - 1, room.total)
end

local function answerEntry(keys, room, seen, userId, proof, ticket, now)
  local who = personOf(userId, room.scheduleId, room.activeMs, room.perSecond, room.noted)
  local retryAfterMs = countEnter(keys, who, now, room.entersPerMinute)
  if retryAfterMs then return { 'limited', retryAfterMs } end
  local answer = answerCounted(keys, who, room, seen, proof, ticket, now)
  writeNoted(keys, who)
  return answer
end
