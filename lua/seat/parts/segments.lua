-- Part: seats side by side, as text `{nearest}:{token},{token}…`. `nearest` is the place that is best, counted from 1. A token
--   is a seat ID; `~` before it: free if it is not locked, but not to be given; `-` alone: sold, or gone for another reason.

-- Adds to `own` the seats that this reservation has locked already.
local function readSegment(text, holdKeyPrefix, reservationId, own)
  local nearest, list = text:match('^([%d.]+):(.*)$')
  local segment, locks, placeOf = { nearest = tonumber(nearest), seatIds = {}, isFree = {}, isGiven = {} }, {}, {}
  for token in list:gmatch('[^,]+') do
    local mark, seatId = token:match('^(~?)(.*)$')
    local place = #segment.seatIds + 1
    segment.seatIds[place] = seatId
    segment.isFree[place] = false
    segment.isGiven[place] = mark == ''
    if seatId ~= '-' then
      locks[#locks + 1] = holdKeyPrefix .. seatId
      placeOf[#locks] = place
    end
  end
  if #locks > 0 then
    for index, owner in ipairs(redis.call('MGET', unpack(locks))) do
      segment.isFree[placeOf[index]] = not owner
      if owner == reservationId then own[#own + 1] = segment.seatIds[placeOf[index]] end
    end
  end
  return segment
end

-- Places that groups of this size cannot fill; one place alone is worse than its size.
local function waste(gap, size)
  local rest = gap % size
  return rest == 1 and 2 or rest
end

-- The group of `size` free seats that leaves the fewest single seats, then the fewest places that groups of its size cannot
-- fill, then no rest at all, then is nearest to the best place; nil if there is none. With `isTidy`, one without single seats.
local function findGroup(segment, size, isTidy)
  local best
  local first = 1
  for last = 1, #segment.seatIds + 1 do
    if not segment.isFree[last] then
      local length = last - first
      for from = first, last - size do
        local to = from + size - 1
        local isGiven = true
        for place = from, to do
          isGiven = isGiven and segment.isGiven[place]
        end
        local left, right = from - first, last - 1 - to
        local singles = (left == 1 and 1 or 0) + (right == 1 and 1 or 0)
        if isGiven and (singles == 0 or not isTidy) then
          local wasted = waste(left, size) + waste(right, size)
          local away = math.abs((from + to) / 2 - segment.nearest)
          -- The parts of the sum cannot reach into each other: a row has at most 500 seats, a group at most four.
          local cost = singles * 1e6 + wasted * 1e5 + (length == size and 0 or 1) * 1e4 + away
          if not best or cost < best.cost then
            best = { cost = cost, from = from, to = to }
          end
        end
      end
      first = last + 1
    end
  end
  return best
end

-- As many seats of the segment as are wanted, in groups as large as possible.
local function findApart(segment, wanted, isTidy)
  local found = {}
  for size = wanted, 1, -1 do
    local group = #found + size <= wanted and findGroup(segment, size, isTidy)
    while group do
      for place = group.from, group.to do
        segment.isFree[place] = false
        found[#found + 1] = segment.seatIds[place]
      end
      group = #found + size <= wanted and findGroup(segment, size, isTidy)
    end
  end
  return found
end
