-- Purpose: give the owners of reservations the tokens to pay them with (QUEUE-004); paying keeps an owner inside until it ends. Each is
--   judged as if those before had come by calls of their own. Asking again for the same reservation gives the same token, for another one
--   the earlier token ends.
-- KEYS
--   [1..] people   of each four: string queue:token:{token}, hash queue:tokens:{scheduleId}:{userId},
--                  sorted set queue:admitted:{scheduleId}, string queue:active:{userId}
-- ARGV
--   [1] tokenMs          their life
--   [2] tokenKeyPrefix   with the client's key prefix
--   [3..] asked          of each four: userId, scheduleId, reservationId, a fresh token
-- Returns
--   {'issued', token, expiresAtMs, ...}    two for each, in their order

local tokenMs = tonumber(ARGV[1])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local expiresAtMs = nowMs + tokenMs

local function issue(tokenKey, userTokensKey, admittedKey, activeKey, userId, scheduleId, reservationId, token)
  local earlier = redis.call('HMGET', userTokensKey, 'payment', 'paymentExpiresAtMs', 'paymentReservationId')
  if earlier[1] and tonumber(earlier[2]) > nowMs then
    if earlier[3] == reservationId then
      return earlier[1], tonumber(earlier[2])
    end
    redis.call('DEL', ARGV[2] .. earlier[1])
  end
  redis.call('SET', tokenKey, cjson.encode({
    userId = userId,
    scheduleId = scheduleId,
    type = 'PAYMENT',
    issuedAt = nowMs,
    expiresAt = expiresAtMs,
    reservationId = reservationId,
  }), 'PX', tokenMs)
  redis.call('HSET', userTokensKey, 'payment', token, 'paymentExpiresAtMs', expiresAtMs, 'paymentReservationId', reservationId)
  redis.call('PEXPIRE', userTokensKey, tokenMs)
  redis.call('ZADD', admittedKey, 'GT', expiresAtMs, userId)
  redis.call('PEXPIRE', admittedKey, tokenMs + 60000)
  local active = redis.call('GET', activeKey)
  if not active or active == scheduleId then
    redis.call('SET', activeKey, scheduleId, 'PX', tokenMs)
  end
  return token, expiresAtMs
end

local reply = { 'issued' }
for i = 1, #KEYS, 4 do
  local token, endsAtMs =
    issue(KEYS[i], KEYS[i + 1], KEYS[i + 2], KEYS[i + 3], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5])
  reply[#reply + 1] = token
  reply[#reply + 1] = endsAtMs
end
return reply
