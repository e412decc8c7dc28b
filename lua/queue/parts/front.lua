-- Part: where the front of a queue is and how fast it moves, for estimates of waits.

-- Counts places that admission has taken; gives all admitted, all dropped, and all who gave up their place so far.
local function countPlaces(keys, admitted, dropped)
  return redis.call('HINCRBY', keys.pace, 'admittedTotal', admitted),
    redis.call('HINCRBY', keys.pace, 'droppedTotal', dropped),
    tonumber(redis.call('HGET', keys.pace, 'leftTotal') or 0)
end

-- Gives the last place that admission has come to in this epoch, and the first one that waits; 0 for none.
local function readFront(keys)
  local first = redis.call('ZRANGE', keys.queue, 0, 0, 'WITHSCORES')
  return tonumber(redis.call('HGET', keys.epoch, 'frontUs') or 0), tonumber(first[2] or 0)
end
