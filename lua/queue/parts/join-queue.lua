-- Part: new places, each the last one. Those of one call are written together, and logged as one entry. It needs the parts log and epoch.

local function nobodyNew()
  return { places = {}, users = {}, scores = {} }
end

-- Writes the new places so far (`room.newcomers`): to be called before anything else that changes the queue, its epoch or its log,
--   or that looks for one of them in the queue, and at the end.
local function seat(keys, room)
  local newcomers = room.newcomers
  if #newcomers.users == 0 then return end
  room.newcomers = nobodyNew()
  reach(keys, room.epoch, room.epoch.lastUs)
  redis.call('ZADD', keys.queue, unpack(newcomers.places))
  redis.call('SADD', keys.schedules, room.scheduleId)
  local users, scores = table.concat(newcomers.users, ','), table.concat(newcomers.scores, ',')
  append(keys, room.scheduleId, 'k', 'joined', 'u', users, 's', scores)
end

-- Gives the place: the moment of entry in µs, later than every earlier one.
local function join(keys, room, seen, userId, now)
  local epoch, newcomers = room.epoch, room.newcomers
  epoch.lastUs = math.max(now.us, epoch.lastUs + 1)
  local scoreUs, count = string.format('%.0f', epoch.lastUs), #newcomers.users
  newcomers.users[count + 1], newcomers.scores[count + 1] = userId, scoreUs
  newcomers.places[2 * count + 1], newcomers.places[2 * count + 2] = scoreUs, userId
  redis.call('SET', keys.active, room.scheduleId, 'PXAT', room.activeUntilMs)
  seen.scores[userId], seen.actives[userId], room.total = scoreUs, room.scheduleId, room.total + 1
  return scoreUs
end
