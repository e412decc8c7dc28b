-- Part: the seats that holds of one call are about: who has locked each, and until when (unix ms) it is listed as tentative, nil if it
--   is not. Read once for all of them; who changes a seat keeps this true for the holds behind. A hold comes as text
--   `{reservationId} {milliseconds} {seatId} {seatId}…`.

local function readHolds(texts)
  local holds = {}
  for i, text in ipairs(texts) do
    local reservationId, ms, list = text:match('^(%S+) (%d+)(.*)$')
    holds[i] = { reservationId = reservationId, ms = tonumber(ms), seatIds = {} }
    for seatId in list:gmatch('%S+') do
      holds[i].seatIds[#holds[i].seatIds + 1] = seatId
    end
  end
  return holds
end

local function seatIdsOf(holds)
  local seatIds = {}
  for _, hold in ipairs(holds) do
    for _, seatId in ipairs(hold.seatIds) do
      seatIds[#seatIds + 1] = seatId
    end
  end
  return seatIds
end

local function seeSeats(tentativeKey, holdKeyPrefix, seatIds)
  local time, keys = redis.call('TIME'), {}
  for i, seatId in ipairs(seatIds) do
    keys[i] = holdKeyPrefix .. seatId
  end
  local seats = { nowMs = time[1] * 1000 + math.floor(time[2] / 1000), keys = {}, owners = {}, untilMs = {} }
  if #keys == 0 then
    return seats
  end
  local owners, untilMs = redis.call('MGET', unpack(keys)), redis.call('ZMSCORE', tentativeKey, unpack(seatIds))
  for i, seatId in ipairs(seatIds) do
    seats.keys[seatId], seats.owners[seatId] = keys[i], owners[i]
    seats.untilMs[seatId] = untilMs[i] and tonumber(untilMs[i]) or nil
  end
  return seats
end
