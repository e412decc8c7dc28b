-- Part: the answer to one of the polls that come together. What belongs to the queue (`room`) and to people (`seen`, by user ID) is
--   read once for all of them and kept true here, so that somebody may ask twice in one call. It needs the parts that answer-polls has.

local noTicket = { epochUs = 0, scoreUs = 0, atMs = 0 }

local function seeAll(keys, userIds, activeKeys)
  local scores, actives, stays =
    redis.call('ZMSCORE', keys.queue, unpack(userIds)), redis.call('MGET', unpack(activeKeys)), redis.call('HMGET', keys.stays, unpack(userIds))
  local seen = { scores = {}, actives = {}, stays = {} }
  for i, userId in ipairs(userIds) do
    seen.scores[userId], seen.actives[userId], seen.stays[userId] = scores[i], actives[i], stays[i]
  end
  return seen
end

local userIdLength = 36

local function ticketIn(text)
  if #text == userIdLength then return noTicket end
  local epochUs, scoreUs, atMs = string.match(text, ' (%d+) (%d+) (%d+)$')
  return epochUs and { epochUs = tonumber(epochUs), scoreUs = tonumber(scoreUs), atMs = tonumber(atMs) } or noTicket
end

-- An authentic ticket is a witness too: what it tells of has been.
local function epochFor(keys, room, ticket, now)
  local epoch, knownUs = room.epoch, math.max(room.knownUs, ticket.epochUs, ticket.scoreUs)
  if not epoch or knownUs > epoch.lastUs or (knownUs > epoch.lostUs and knownUs < epoch.us) then
    room.epoch = readEpoch(keys, room.scheduleId, now, { knownUs = knownUs, restoreMs = room.restoreMs, graceMs = room.graceMs })
  end
  return room.epoch
end

local function lookAgain(keys, room, seen, userId)
  seen.scores[userId], seen.actives[userId] = redis.call('ZSCORE', keys.queue, userId), redis.call('GET', keys.active)
  room.total = nil
end

local function answerInQueue(keys, who, room, seen, ticket, now)
  local userId = who.userId
  -- Only the queue itself or an authentic ticket show that there is such a queue at all.
  if ticket.epochUs == 0 and not seen.scores[userId] then
    return answerClosed(keys, who, now, room.closed) or { 'absent' }
  end
  local epoch = epochFor(keys, room, ticket, now)
  if room.toldDraw ~= '' then room.draw = room.draw or noteDraw(keys, room.toldDraw) end
  meetDraw(who, epoch, room.draw)
  if ticket.epochUs > 0 and ticket.epochUs ~= epoch.us then
    if restore(keys, who, ticket, epoch, now) then return { 'unclear' } end
    lookAgain(keys, room, seen, userId)
  end
  local scoreUs = seen.scores[userId]
  if scoreUs and seen.actives[userId] == who.scheduleId then
    redis.call('PEXPIREAT', keys.active, room.activeUntilMs)
    room.total = room.total or redis.call('ZCARD', keys.queue)
    return answerClosed(keys, who, now, room.closed, epoch, scoreUs)
      or answerWaiting(keys, who, epoch, now, scoreUs, redis.call('ZRANK', keys.queue, userId), room.total)
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
