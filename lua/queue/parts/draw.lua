-- Part: the draw of a schedule (README.md), which holds admission back until its order stands in this epoch. A caller tells what it
--   knows as `id stage opensUs closedUs`, '' for nothing: the later draw counts, and of one draw the later stage. It needs key draw.

local drawKeptSeconds, momentStage = 30 * 86400, 2
-- Places up to here are drawn ones, from 1; every moment is far above.
local drawnPlaceMax = 16777215

local function keepDraw(keys, id, stage, opensUs, closedUs)
  redis.call('HSET', keys.draw, 'id', id, 'stage', stage, 'opensUs', opensUs, 'closedUs', closedUs)
  redis.call('EXPIRE', keys.draw, drawKeptSeconds)
end

-- Gives id ('' for none), stage, opensUs, closedUs (0 while open), orderEpochUs, toldStage, and isBehind: the caller knows less.
local function noteDraw(keys, told)
  local id, stage, opensUs, closedUs = string.match(told, '^(%S+) (%d) (%d+) (%d+)$')
  local function read()
    local saved = redis.call('HMGET', keys.draw, 'id', 'stage', 'opensUs', 'closedUs', 'orderEpochUs', 'toldStage')
    return {
      id = saved[1] or '', stage = tonumber(saved[2] or 0), opensUs = tonumber(saved[3] or 0), closedUs = tonumber(saved[4] or 0),
      orderEpochUs = tonumber(saved[5] or 0), toldStage = tonumber(saved[6] or 0),
    }
  end
  local draw = read()
  -- IDs are UUIDs of version 7: the later one is the greater one.
  if id and (id > draw.id or (id == draw.id and tonumber(stage) > draw.stage)) then
    if id > draw.id then redis.call('DEL', keys.draw) end
    keepDraw(keys, id, stage, opensUs, closedUs)
    return read()
  end
  draw.isBehind = (id or '') < draw.id or (id == draw.id and tonumber(stage) < draw.stage)
  return draw
end

-- Whether nobody may be admitted and no rank be told yet.
local function isUndrawn(draw, epoch)
  return draw.id ~= '' and draw.orderEpochUs ~= epoch.us
end

-- Gives how long admission is held back at least, and the draw that is awaited or ''. A loss may have taken a draw of which a caller
--   that has not heard of draws since (`heardUs`: the epoch in which it has, -1 for who knows all) could not tell.
local function heldByDrawMs(keys, epoch, held, told, heardUs)
  local draw = noteDraw(keys, told)
  if isUndrawn(draw, epoch) then
    return math.max(held, 1000), draw.id
  end
  local isUnheard = draw.id == '' and epoch.isLoss and heardUs >= 0 and heardUs ~= epoch.us
  return isUnheard and math.max(held, 1000) or held, ''
end

-- Whether the moment of closing is fixed of the draw that the caller tells of, and of no other: anybody may go on from it.
local function isMomentOf(draw, told)
  return draw.stage == momentStage and string.sub(told, 1, #draw.id) == draw.id
end

-- Notes the draw, for `restore` and `answerWaiting`; a queue without one (nil) costs nothing here.
local function meetDraw(who, epoch, draw)
  if draw then
    who.draw = draw
    who.isUndrawn = isUndrawn(draw, epoch)
  end
end

-- Whether this is a place in entry order of somebody who had it before the roster closed.
local function isEntryPlace(draw, scoreUs)
  return scoreUs > drawnPlaceMax and scoreUs <= draw.closedUs
end

-- Whether a place from before the closing is to come back by a caller who knows too little to say where it stands in the order.
local function isUnclear(keys, who, scoreUs)
  local draw = who.draw or noteDraw(keys, '')
  return draw.isBehind and isEntryPlace(draw, scoreUs)
end
