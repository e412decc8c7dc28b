-- Part: take out places of people who have left without a word, wherever they stand. It needs the part log.

-- Looks at up to `seenMax` places, chosen at random so that nobody who stays hides those behind; gives how many were dropped, and whose they were.
local function dropGone(keys, scheduleId, activePrefix, seenMax)
  local seen, activeKeys, gone = redis.call('ZRANDMEMBER', keys.queue, seenMax), {}, {}
  if #seen == 0 then return 0, {} end
  for i, userId in ipairs(seen) do
    activeKeys[i] = activePrefix .. userId
  end
  local actives = redis.call('MGET', unpack(activeKeys))
  for i, userId in ipairs(seen) do
    if actives[i] ~= scheduleId then gone[#gone + 1] = userId end
  end
  if #gone > 0 then
    redis.call('ZREM', keys.queue, unpack(gone))
    append(keys, scheduleId, 'k', 'expired', 'u', table.concat(gone, ','))
  end
  return #gone, gone
end
