-- Purpose: give the owner of a reservation the token to pay it with (QUEUE-004); paying keeps the owner inside until it ends.
--   Asking again for the same reservation gives the same token, for another one the earlier token ends.
-- KEYS
--   [1] token       string queue:token:{token}
--   [2] userTokens  hash queue:tokens:{scheduleId}:{userId}
--   [3] admitted    sorted set queue:admitted:{scheduleId}
--   [4] active      string queue:active:{userId}
-- ARGV
--   [1] userId
--   [2] scheduleId
--   [3] reservationId
--   [4] token            a fresh one
--   [5] tokenMs          its life
--   [6] tokenKeyPrefix   with the client's key prefix
-- Returns
--   {'issued', token, expiresAtMs}

local userId, scheduleId, reservationId, token, tokenMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local expiresAtMs = nowMs + tokenMs

local earlier = redis.call('HMGET', KEYS[2], 'payment', 'paymentExpiresAtMs', 'paymentReservationId')
if earlier[1] and tonumber(earlier[2]) > nowMs then
  if earlier[3] == reservationId then
    return { 'issued', earlier[1], tonumber(earlier[2]) }
  end
  redis.call('DEL', ARGV[6] .. earlier[1])
end

redis.call('SET', KEYS[1], cjson.encode({
  userId = userId,
  scheduleId = scheduleId,
  type = 'PAYMENT',
  issuedAt = nowMs,
  expiresAt = expiresAtMs,
  reservationId = reservationId,
}), 'PX', tokenMs)
redis.call('HSET', KEYS[2], 'payment', token, 'paymentExpiresAtMs', expiresAtMs, 'paymentReservationId', reservationId)
redis.call('PEXPIRE', KEYS[2], tokenMs)
redis.call('ZADD', KEYS[3], 'GT', expiresAtMs, userId)
redis.call('PEXPIRE', KEYS[3], tokenMs + 60000)
local active = redis.call('GET', KEYS[4])
if not active or active == scheduleId then
  redis.call('SET', KEYS[4], scheduleId, 'PX', tokenMs)
end
return { 'issued', token, expiresAtMs }
