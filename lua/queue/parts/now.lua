-- Part: the time of Redis, the only clock that decides.

local function readNow()
  local time = redis.call('TIME')
  local us = time[1] * 1000000 + time[2]
  return { us = us, ms = math.floor(us / 1000) }
end
