-- Part: take people from the front of the queue and give each a reservation token. It needs the parts log and epoch.

local seenMin, endFoundMs = 50, 60000

-- Gives the users let in, at most `due`, and how many places of people who had left were dropped; looks at a bounded number.
local function admitPeople(keys, scheduleId, prefixes, due, tokens, tokenMs, epoch, now)
  if due <= 0 then return {}, 0 end
  local heads = redis.call('ZRANGE', keys.queue, 0, math.max(due, seenMin) - 1, 'WITHSCORES')
  local activeKeys, found = {}, #heads / 2
  for i = 1, found do
    activeKeys[i] = prefixes.active .. heads[2 * i - 1]
  end
  local actives = found > 0 and redis.call('MGET', unpack(activeKeys)) or {}
  local users, scores, ghosts, entries, stays, seen, letIn = {}, {}, {}, {}, {}, 0, 0
  -- Ends are given as texts and as moments: Redis would print each number, and turn each life into a moment, anew.
  local expiresAtMs = string.format('%.0f', now.ms + tokenMs)
  -- What is the same for all is written once: encoding it for each would cost as much as a command.
  local facts = string.format('","scheduleId":"%s","type":"RESERVATION","issuedAt":%.0f,"expiresAt":%s}', scheduleId, now.ms, expiresAtMs)
  local stay = string.format(' %s %.0f ', expiresAtMs, epoch.us)
  while seen < found and letIn < due do
    seen = seen + 1
    local userId, scoreUs = heads[2 * seen - 1], heads[2 * seen]
    if actives[seen] == scheduleId then
      letIn = letIn + 1
      local token = tokens[letIn]
      redis.call('SET', prefixes.token .. token, '{"userId":"' .. userId .. facts, 'PXAT', expiresAtMs)
      redis.call('PEXPIREAT', activeKeys[seen], expiresAtMs)
      users[letIn], scores[letIn] = userId, scoreUs
      stays[2 * letIn - 1], stays[2 * letIn] = userId, token .. stay .. scoreUs
      entries[2 * letIn - 1], entries[2 * letIn] = expiresAtMs, userId
    else
      ghosts[#ghosts + 1] = userId
    end
  end
  -- Those seen are the first of the queue: by rank they leave it in one step.
  if seen > 0 then
    redis.call('ZREMRANGEBYRANK', keys.queue, 0, seen - 1)
    redis.call('HSET', keys.epoch, 'frontUs', heads[2 * seen])
  end
  if letIn > 0 then
    redis.call('ZADD', keys.admitted, unpack(entries))
    redis.call('PEXPIRE', keys.admitted, tokenMs + endFoundMs)
    redis.call('HSET', keys.stays, unpack(stays))
    redis.call('PEXPIRE', keys.stays, tokenMs + endFoundMs)
    markGone(keys, now, users)
    append(keys, scheduleId, 'k', 'admitted', 'u', table.concat(users, ','), 's', table.concat(scores, ','))
  end
  if #ghosts > 0 then append(keys, scheduleId, 'k', 'expired', 'u', table.concat(ghosts, ',')) end
  return users, #ghosts
end
