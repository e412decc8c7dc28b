-- Purpose: say whether the access tokens of requests have been logged out, and if not count each request against its user. Each request
--   pays for this: it is one step, which requests that come together share. Who shows a token that was logged out does not use up the
--   allowance of its user.
-- KEYS
--   [1..] tokens    of each request two: string token:blacklist:{jti}, counter rate:user:{userId}
-- ARGV
--   [1] userMax     requests a window, 0 for any number
--   [2] windowMs    a window begins with its first request
-- Returns
--   {'admitted', current, retryAfterMs, ...}    two numbers for each request: current -1 for a token that was logged out, 0 where
--                                               nothing is counted; retryAfterMs 0 while it is within the limit

local userMax, windowMs = tonumber(ARGV[1]), ARGV[2]
local blacklisted = {}
for i = 1, #KEYS, 2 do
  blacklisted[#blacklisted + 1] = KEYS[i]
end
local loggedOut = redis.call('MGET', unpack(blacklisted))

local reply = { 'admitted' }
for n = 1, #blacklisted do
  local current, retryAfterMs = 0, 0
  if loggedOut[n] then
    current = -1
  elseif userMax > 0 then
    local counter = KEYS[2 * n]
    current = redis.call('INCR', counter)
    if current == 1 then
      redis.call('PEXPIRE', counter, windowMs)
    end
    retryAfterMs = current > userMax and redis.call('PTTL', counter) or 0
  end
  reply[2 * n], reply[2 * n + 1] = current, retryAfterMs
end
return reply
