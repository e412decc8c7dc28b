-- Purpose: set when the seats of a schedule are looked at next, after a look. A look that has been asked for meanwhile stands.
-- KEYS
--   [1] watched     sorted set queue:seats:watched
-- ARGV
--   [1] scheduleId
--   [2] delayMs     -1: follow it no longer
-- Returns
--   {'followed'}
--   {'unwatched'}
--   {'due'}         it is due again already

-- @include ./parts/now.lua
local delayMs = tonumber(ARGV[2])
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or -1) == 0 then
  return { 'due' }
end
if delayMs < 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return { 'unwatched' }
end
redis.call('ZADD', KEYS[1], readNow().ms + delayMs, ARGV[1])
return { 'followed' }
