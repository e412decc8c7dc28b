-- Part: locks seats tentatively for one hold after the other, each for its milliseconds, all or none. It needs parts/see-seats.lua, by which
--   those behind see what those before have locked. A reply is {'held', expiresAtMs}, {'taken', seatId...} or {'tentative', waitMs, seatId...}.

local function isTentative(seats, seatId)
  return (seats.untilMs[seatId] or 0) > seats.nowMs
end

-- nil if nobody else has any of the seats.
local function answerLocked(seats, hold)
  local taken, undecided, waitMs = { 'taken' }, { 'tentative', 0 }, 0
  for _, seatId in ipairs(hold.seatIds) do
    local owner = seats.owners[seatId]
    if owner and owner ~= hold.reservationId then
      if isTentative(seats, seatId) then
        undecided[#undecided + 1] = seatId
        waitMs = math.max(waitMs, redis.call('PTTL', seats.keys[seatId]))
      else
        taken[#taken + 1] = seatId
      end
    end
  end
  if #taken > 1 then
    return taken
  end
  if #undecided > 2 then
    undecided[2] = waitMs
    return undecided
  end
end

local function holdAll(seats, hold, locked, listed)
  local refusal = answerLocked(seats, hold)
  if refusal then
    return refusal
  end
  local expiresAtMs = seats.nowMs + hold.ms
  for _, seatId in ipairs(hold.seatIds) do
    local key = seats.keys[seatId]
    if seats.owners[seatId] == hold.reservationId and not isTentative(seats, seatId) then
      expiresAtMs = math.min(expiresAtMs, seats.nowMs + redis.call('PTTL', key))
    else
      redis.call('SET', key, hold.reservationId, 'PX', hold.ms)
      seats.owners[seatId], seats.untilMs[seatId] = hold.reservationId, seats.nowMs + hold.ms
      locked[#locked + 1] = seatId
    end
    listed[#listed + 1] = seatId
  end
  return { 'held', expiresAtMs }
end

-- Gives the replies in the order of the holds.
local function holdEach(heldKey, tentativeKey, seats, holds)
  local replies, locked, listed, scored = {}, {}, {}, {}
  for i, hold in ipairs(holds) do
    replies[i] = holdAll(seats, hold, locked, listed)
  end
  for _, seatId in ipairs(locked) do
    scored[#scored + 1] = seats.untilMs[seatId]
    scored[#scored + 1] = seatId
  end
  if #scored > 0 then
    redis.call('ZADD', tentativeKey, unpack(scored))
  end
  if #listed > 0 then
    redis.call('SADD', heldKey, unpack(listed))
  end
  return replies
end
