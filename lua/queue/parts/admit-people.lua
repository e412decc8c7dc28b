-- Part: take people from the front of the queue and give each a reservation token. It needs the parts log and epoch.

local seenMin, endFoundMs = 50, 60000

-- Gives the users let in, at most `due`, and how many places of people who had left were dropped; looks at a bounded number.
local function admitPeople(keys, scheduleId, prefixes, due, tokens, tokenMs, epoch, now)
  local heads = redis.call('ZRANGE', keys.queue, 0, math.max(due, seenMin) - 1, 'WITHSCORES')
  local activeKeys = {}
  for i = 1, #heads, 2 do
    activeKeys[#activeKeys + 1] = prefixes.active .. heads[i]
  end
  local actives = #heads > 0 and redis.call('MGET', unpack(activeKeys)) or {}
  local users, scores, ghosts, entries, seen = {}, {}, {}, {}, 0
  local expiresAtMs = now.ms + tokenMs
  while seen < #activeKeys and #users < due do
    seen = seen + 1
    local userId, scoreUs = heads[2 * seen - 1], string.format('%.0f', tonumber(heads[2 * seen]))
    if actives[seen] == scheduleId then
      local token, userTokens = tokens[#users + 1], prefixes.userTokens .. userId
      local facts = { userId = userId, scheduleId = scheduleId, type = 'RESERVATION', issuedAt = now.ms, expiresAt = expiresAtMs }
      redis.call('SET', prefixes.token .. token, cjson.encode(facts), 'PX', tokenMs)
      redis.call('HSET', userTokens, 'reservation', token, 'reservationExpiresAtMs', expiresAtMs,
        'epochUs', string.format('%.0f', epoch.us), 'scoreUs', scoreUs)
      redis.call('PEXPIRE', userTokens, tokenMs)
      redis.call('PEXPIRE', activeKeys[seen], tokenMs)
      users[#users + 1], scores[#scores + 1] = userId, scoreUs
      entries[2 * #users - 1], entries[2 * #users] = expiresAtMs, userId
    else
      ghosts[#ghosts + 1] = userId
    end
  end
  -- Those seen are the first of the queue: by rank they leave it in one step.
  if seen > 0 then
    redis.call('ZREMRANGEBYRANK', keys.queue, 0, seen - 1)
    redis.call('HSET', keys.epoch, 'frontUs', string.format('%.0f', tonumber(heads[2 * seen])))
  end
  if #users > 0 then
    redis.call('ZADD', keys.admitted, unpack(entries))
    redis.call('PEXPIRE', keys.admitted, tokenMs + endFoundMs)
    markGone(keys, now, users)
    append(keys, scheduleId, 'k', 'admitted', 'u', table.concat(users, ','), 's', table.concat(scores, ','))
  end
  if #ghosts > 0 then append(keys, scheduleId, 'k', 'expired', 'u', table.concat(ghosts, ',')) end
  return users, #ghosts
end
