-- Part: the answer to somebody who enters. It needs the parts that enter-queue has.

local function answerEntry(keys, who, ticket, recovery, terms, now)
  local retryAfterMs = countEnter(keys, who, now, terms.entersPerMinute)
  if retryAfterMs then return { 'limited', retryAfterMs } end
  local active = redis.call('GET', keys.active)
  if active and active ~= who.scheduleId then return { 'elsewhere', active } end
  local inside = answerActive(keys, who, now, redis.call('HGET', keys.stays, who.userId))
  if inside then return inside end
  local epoch = readEpoch(keys, who.scheduleId, now, recovery)
  meetDraw(who, epoch, terms.draw ~= '' and noteDraw(keys, terms.draw))
  if restore(keys, who, ticket, epoch, now) then return { 'unclear' } end
  local closed = answerClosed(keys, who, now, redis.call('GET', keys.closed))
  if closed then return closed end
  local scoreUs, waiting = redis.call('ZSCORE', keys.queue, who.userId), redis.call('ZCARD', keys.queue)
  if scoreUs and redis.call('PEXPIRE', keys.active, who.activeMs) == 1 then
    return answerWaiting(keys, who, epoch, now, scoreUs, redis.call('ZRANK', keys.queue, who.userId), waiting)
  end
  if scoreUs then
    redis.call('ZREM', keys.queue, who.userId)
    append(keys, who.scheduleId, 'k', 'expired', 'u', who.userId)
    waiting = waiting - 1
  end
  -- A newcomer stands behind everybody.
  local refusal, ahead = refuseNewcomer(keys, who, now, waiting, terms.defaultCapacity, terms.proofEndsMs)
  return refusal or answerWaiting(keys, who, epoch, now, join(keys, who, epoch, now), ahead, ahead + 1)
end
