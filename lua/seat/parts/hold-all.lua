-- Part: locks seats of a reservation tentatively, all or none. `keys` and `seatIds` are in one order. Gives the reply
--   {'held', expiresAtMs}, {'taken', seatId...} or {'tentative', waitMs, seatId...}.

local function holdAll(heldKey, tentativeKey, keys, seatIds, reservationId, tentativeMs)
  local time = redis.call('TIME')
  local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  local taken, undecided, waitMs, own = { 'taken' }, { 'tentative', 0 }, 0, {}
  for i, key in ipairs(keys) do
    local owner = redis.call('GET', key)
    local isTentative = tonumber(redis.call('ZSCORE', tentativeKey, seatIds[i]) or 0) > nowMs
    if owner == reservationId then
      own[i] = not isTentative
    elseif owner and isTentative then
      undecided[#undecided + 1] = seatIds[i]
      waitMs = math.max(waitMs, redis.call('PTTL', key))
    elseif owner then
      taken[#taken + 1] = seatIds[i]
    end
  end
  if #taken > 1 then
    return taken
  end
  if #undecided > 2 then
    undecided[2] = waitMs
    return undecided
  end

  local expiresAtMs = nowMs + tentativeMs
  for i, key in ipairs(keys) do
    if own[i] then
      expiresAtMs = math.min(expiresAtMs, nowMs + redis.call('PTTL', key))
    else
      redis.call('SET', key, reservationId, 'PX', tentativeMs)
      redis.call('ZADD', tentativeKey, nowMs + tentativeMs, seatIds[i])
    end
    redis.call('SADD', heldKey, seatIds[i])
  end
  return { 'held', expiresAtMs }
end
