-- Purpose: for tests: the advice when to ask again, for every place in a queue.
-- KEYS
-- ARGV
--   [1] people      so many wait
--   [2] perSecond   people admitted
-- Returns
--   {'advice', pollAfterMs...}   of the first in line, the second, and so on

-- @include ./parts/advise-poll.lua
local reply = { 'advice' }
for ahead = 0, tonumber(ARGV[1]) - 1 do
  reply[ahead + 2] = advisePoll(ahead, tonumber(ARGV[2]))
end
return reply
