-- Part: how many people the rate of a queue allows at this moment (QUEUE-005).

-- Gives due, paidUntilUs (all time until then has been spent on people; of idle time no more than one batch's worth is kept) and
--   personUs, what one person costs of it.
local function readBucket(keys, now, batchSize, intervalUs)
  local paidUntilUs = math.max(math.min(tonumber(redis.call('HGET', keys.pace, 'paidUntilUs') or 0), now.us), now.us - intervalUs)
  local personUs = intervalUs / batchSize
  return { paidUntilUs = paidUntilUs, personUs = personUs, due = math.floor((now.us - paidUntilUs) / personUs + 1e-6) }
end
