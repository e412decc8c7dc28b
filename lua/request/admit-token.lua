-- Purpose: say whether the access token of a request has been logged out, and if not count the request against its user. Each request
--   pays for this: it is one step. Who shows a token that was logged out does not use up the allowance of its user.
-- KEYS
--   [1] blacklist   string token:blacklist:{jti}
--   [2] user        counter rate:user:{userId}
-- ARGV
--   [1] userMax     requests a window, 0 for any number
--   [2] windowMs    a window begins with its first request
-- Returns
--   {'good', current, retryAfterMs}     current: 0 where nothing is counted; retryAfterMs: 0 while it is within the limit
--   {'loggedOut'}

if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'loggedOut' }
end
local userMax = tonumber(ARGV[1])
if userMax == 0 then
  return { 'good', 0, 0 }
end
local current = redis.call('INCR', KEYS[2])
if current == 1 then
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return { 'good', current, current > userMax and redis.call('PTTL', KEYS[2]) or 0 }
