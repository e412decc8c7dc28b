-- Purpose: find free seats and hold them tentatively for a reservation (RSV-001), in one step: nobody comes between looking
--   and holding, so that whoever asks gets the first segment that has room, and the lock of a seat is never met.
-- KEYS
--   [1] held        set hold_seats:{scheduleId}
--   [2] tentative   sorted set seat:tentative:{scheduleId}
-- ARGV
--   [1] holdKeyPrefix   what the lock of a seat begins with, key prefix included
--   [2] reservationId
--   [3] tentativeMs
--   [4] count           of seats, all of one group
--   [5] manner          'together' or 'apart': in groups as large as possible, if need be of several segments
--   [6] singles         'avoided' or 'allowed': whether a single free seat may be left
--   [7..] segments      best first; written as parts/segments.lua reads them
-- Returns
--   {'held', expiresAtMs, seatId...}   all are ours until then
--   {'none', seatId...}                none of the segments has room, and nothing is held
--   {'tentative', seatId...}           nor is anything held, but there would be room if what is being written came to nothing
--   The last two name fewer seats than are wanted: for 'apart' there are those, only more segments can make up for the others.

-- @include ./parts/segments.lua
local holdKeyPrefix, reservationId = ARGV[1], ARGV[2]
local tentativeMs, count = tonumber(ARGV[3]), tonumber(ARGV[4])
local isTogether, isTidy = ARGV[5] == 'together', ARGV[6] == 'avoided'
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

-- As many seats as are wanted, or fewer; our own where a client that lost its connection sends the same call again, unless a better
--   segment has got room between: that is taken then, and our own come free as their tentative time ends. To look for them in all
--   segments first would cost each call what only a repeated one needs. Each segment is read once: Redis answers nobody else meanwhile.
local segments, own = {}, {}
local function choose()
  local chosen = {}
  for i = 7, #ARGV do
    local segment = segments[i] or readSegment(ARGV[i], holdKeyPrefix, reservationId, own)
    segments[i] = segment
    if #own > 0 then
      chosen = own
    elseif isTogether then
      local group = findGroup(segment, count, isTidy)
      for place = group and group.from or 1, group and group.to or 0 do
        chosen[#chosen + 1] = segment.seatIds[place]
      end
    else
      for _, seatId in ipairs(findApart(segment, count - #chosen, isTidy)) do
        chosen[#chosen + 1] = seatId
      end
    end
    if #chosen == count then break end
  end
  return chosen
end

local chosen = choose()
if #chosen < count then
  if redis.call('ZCOUNT', KEYS[2], nowMs, '+inf') == 0 then
    return { 'none', unpack(chosen) }
  end
  -- What the first look has chosen apart is free as well.
  local isChosen = {}
  for _, seatId in ipairs(chosen) do
    isChosen[seatId] = true
  end
  for _, segment in pairs(segments) do
    local untilMs = redis.call('ZMSCORE', KEYS[2], unpack(segment.seatIds))
    for place, seatId in ipairs(segment.seatIds) do
      local isUndecided = tonumber(untilMs[place] or 0) >= nowMs
      segment.isFree[place] = segment.isFree[place] or isChosen[seatId] or isUndecided
    end
  end
  local later = choose()
  return #later == count and { 'tentative', unpack(chosen) } or { 'none', unpack(later) }
end

local expiresAtMs = nowMs + tentativeMs
for _, seatId in ipairs(chosen) do
  redis.call('SET', holdKeyPrefix .. seatId, reservationId, 'PX', tentativeMs)
  redis.call('ZADD', KEYS[2], expiresAtMs, seatId)
  redis.call('SADD', KEYS[1], seatId)
end
return { 'held', expiresAtMs, unpack(chosen) }
