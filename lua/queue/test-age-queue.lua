-- Purpose: for tests: let time go by for one queue without waiting: every moment and every life in these keys is put back.
-- KEYS
--   [1..] keys   of one schedule and its users
-- ARGV
--   [1] ms       so much time goes by
-- Returns
--   {'aged'}

local ms = tonumber(ARGV[1])
local us = ms * 1000
local msFields = { 'beganMs', 'graceUntilMs', 'restoreUntilMs', 'nextMs', 'dueMs', 'minuteEndsMs', 'entersEndMs', 'paymentExpiresAtMs' }
local usFields = { 'us', 'lostUs', 'lastUs', 'paidUntilUs', 'scoreUs', 'epochUs', 'frontUs' }

local function putBack(key, fields, by)
  for _, field in ipairs(fields) do
    local moment = tonumber(redis.call('HGET', key, field) or 0)
    if moment > 0 then
      redis.call('HSET', key, field, string.format('%.0f', moment - by))
    end
  end
end

local function putBackStays(key)
  local stays = redis.call('HGETALL', key)
  for i = 1, #stays, 2 do
    local token, expiresAtMs, epochUs, scoreUs = string.match(stays[i + 1], '^(%S+) (%d+) (%d+) (%d+)$')
    redis.call('HSET', key, stays[i], string.format('%s %.0f %.0f %.0f', token, expiresAtMs - ms, epochUs - us, scoreUs - us))
  end
end

local function putBackScores(key, by)
  local members = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #members, 2 do
    redis.call('ZADD', key, string.format('%.0f', tonumber(members[i + 1]) - by), members[i])
  end
end

for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  local lifeMs = redis.call('PTTL', key)
  if kind == 'hash' and string.find(key, 'queue:stays:', 1, true) then
    putBackStays(key)
  elseif kind == 'hash' then
    putBack(key, msFields, ms)
    putBack(key, usFields, us)
  elseif kind == 'zset' then
    putBackScores(key, string.find(key, 'queue:admitted:', 1, true) and ms or us)
  end
  if lifeMs >= 0 then
    redis.call('PEXPIRE', key, lifeMs - ms)
  end
end
return { 'aged' }
