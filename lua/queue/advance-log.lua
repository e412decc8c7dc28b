-- Purpose: note up to where a schedule's log has been published; never backwards, so that a slow publisher undoes nothing. A log
--   published to its end is taken from the set of those that have grown.
-- KEYS
--   [1] log         stream queue:log:{scheduleId}
--   [2] published   hash queue:published:{scheduleId}
--   [3] logs        set queue:logs
-- ARGV
--   [1] scheduleId
--   [2] id          of the last entry published; '' for none
--   [3] position    its number, from 1
--   [4] keptMs      life of the hash from now on
-- Returns
--   {'behind'}      there is more
--   {'finished'}

local function later(one, other)
  local ms, seq = string.match(one, '(%d+)-(%d+)')
  local otherMs, otherSeq = string.match(other, '(%d+)-(%d+)')
  if ms ~= otherMs then
    return tonumber(ms) > tonumber(otherMs)
  end
  return tonumber(seq) > tonumber(otherSeq)
end

local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local before = redis.call('HGET', KEYS[2], 'id')
-- A cursor beyond the end belongs to a log that Redis has lost.
if before and last and later(before, last[1]) then
  before = nil
end
local id = ARGV[2]
if id ~= '' and (not before or later(id, before)) then
  redis.call('HSET', KEYS[2], 'id', id, 'position', ARGV[3])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  before = id
end
if last and (not before or later(last[1], before)) then
  return { 'behind' }
end
redis.call('SREM', KEYS[3], ARGV[1])
return { 'finished' }
