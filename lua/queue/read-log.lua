-- Purpose: the entries of a schedule's log that have not been published, oldest first, and how many have been lost: cut off by
--   the log's limit before anybody published them.
-- KEYS
--   [1] log         stream queue:log:{scheduleId}
--   [2] published   hash queue:published:{scheduleId}
-- ARGV
--   [1] entriesMax
-- Returns
--   {'entries', lost, position, {id, {field, value...}}...}   position: the number of the last entry given or lost, from 1
--   {'empty'}                                                 there is no log any more

if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
  return { 'empty' }
end
local facts, reply = {}, redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #reply, 2 do
  facts[reply[i]] = reply[i + 1]
end
local cursor = redis.call('HMGET', KEYS[2], 'id', 'position')
local after, position = cursor[1] or '0-0', tonumber(cursor[2] or 0)
local added, cutOff = facts['entries-added'], facts['entries-added'] - facts['length']
-- A log that is shorter than what has been published is another one, which Redis began after a loss.
if position > added then
  after, position = '0-0', cutOff
end
local lost = math.max(0, cutOff - position)
local entries = redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', tonumber(ARGV[1]))
return { 'entries', lost, position + lost + #entries, unpack(entries) }
