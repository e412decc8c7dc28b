-- Part: people who come by one call. What belongs to the queue (`room`) and to people (`seen`, by user ID) is read once for all of them,
--   and who changes it keeps it true, so that somebody may come twice in one call. It needs the parts epoch, draw and place.

local noTicket = { epochUs = 0, scoreUs = 0, atMs = 0 }
local userIdLength = 36

local function seeAll(keys, userIds, activeKeys)
  local scores, actives, stays =
    redis.call('ZMSCORE', keys.queue, unpack(userIds)), redis.call('MGET', unpack(activeKeys)), redis.call('HMGET', keys.stays, unpack(userIds))
  local seen = { scores = {}, actives = {}, stays = {} }
  for i, userId in ipairs(userIds) do
    seen.scores[userId], seen.actives[userId], seen.stays[userId] = scores[i], actives[i], stays[i]
  end
  return seen
end

-- The ticket at the end of what is told of a person.
local function ticketIn(text)
  local epochUs, scoreUs, atMs = string.match(text, ' (%d+) (%d+) (%d+)$')
  return epochUs and { epochUs = tonumber(epochUs), scoreUs = tonumber(scoreUs), atMs = tonumber(atMs) } or noTicket
end

-- An authentic ticket is a witness too: what it tells of has been.
local function epochFor(keys, room, ticket, now)
  local epoch, knownUs = room.epoch, math.max(room.knownUs, ticket.epochUs, ticket.scoreUs)
  if not epoch or knownUs > epoch.lastUs or (knownUs > epoch.lostUs and knownUs < epoch.us) then
    room.epoch = readEpoch(keys, room.scheduleId, now, { knownUs = knownUs, restoreMs = room.restoreMs, graceMs = room.graceMs })
    -- Places of this call are written later than they are given.
    room.epoch.lastUs = math.max(room.epoch.lastUs, epoch and epoch.lastUs or 0)
  end
  return room.epoch
end

local function drawFor(keys, room)
  if room.toldDraw ~= '' then room.draw = room.draw or noteDraw(keys, room.toldDraw) end
  return room.draw
end

local function lookAgain(keys, room, seen, userId)
  seen.scores[userId], seen.actives[userId] = redis.call('ZSCORE', keys.queue, userId), redis.call('GET', keys.active)
  room.total = nil
end

-- Gives the epoch, and whether nobody can tell which place the ticket proves; a place that it proves is had again.
local function meetEpoch(keys, who, room, seen, ticket, now)
  local epoch = epochFor(keys, room, ticket, now)
  meetDraw(who, epoch, drawFor(keys, room))
  if ticket.epochUs == 0 or ticket.epochUs == epoch.us then return epoch, false end
  if restore(keys, who, ticket, epoch, now) then return epoch, true end
  lookAgain(keys, room, seen, who.userId)
  return epoch, false
end

local function countTotal(keys, room)
  room.total = room.total or redis.call('ZCARD', keys.queue)
  return room.total
end
