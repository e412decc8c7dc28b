-- Part: why somebody without a place gets none yet. The work that is owed grows with how many accounts have lately wanted a place
--   from the same network, one bit for each doubling: a farm pays for each of its accounts, a phone that shares its address a bounded bit more.
--   It needs the part drop-gone.

local networkMs, networkMax = 120000, 10000
-- A queue with more than a few places of people who have left shows one of them to most newcomers, and each makes room for several.
local seenWhenFull = 10

-- Gives how many other accounts came from this network before this one, within two minutes; no more than networkMax are told apart.
local function countBefore(keys, userId, now)
  redis.call('ZREMRANGEBYSCORE', keys.newcomers, '-inf', now.us - networkMs * 1000)
  redis.call('ZADD', keys.newcomers, 'NX', now.us, userId)
  redis.call('ZREMRANGEBYRANK', keys.newcomers, networkMax, -1)
  redis.call('PEXPIRE', keys.newcomers, networkMs)
  return redis.call('ZRANK', keys.newcomers, userId) or networkMax
end

local function bitsOwed(terms, before)
  if before < terms.freeAccountsPerAddress then
    return terms.onlyCrowded and 0 or terms.baseBits
  end
  -- frexp gives the exponent above the whole logarithm of base 2: 1 for the first account that is not free, 2 for twice as many.
  local _, doublings = math.frexp(before / terms.freeAccountsPerAddress)
  return math.min(terms.baseBits + doublings, terms.maxBits)
end

-- Gives the answer, or nil for who may take a place, and how many wait. `proofEndsMs`: until when the work shown counts, 0 for none.
local function refuseNewcomer(keys, who, now, waiting, defaultCapacity, proofEndsMs)
  local config = redis.call('HMGET', keys.config, 'capacity', 'draining', 'proofOfWork')
  if config[2] == 'true' then return { 'draining' } end
  local capacity = tonumber(config[1] or defaultCapacity)
  if waiting >= capacity then
    local activePrefix = string.sub(keys.active, 1, -#who.userId - 1)
    waiting = waiting - dropGone(keys, who.scheduleId, activePrefix, seenWhenFull)
  end
  if waiting >= capacity then return { 'full' } end
  if not config[3] or config[3] == 'null' or proofEndsMs > now.ms then return nil, waiting end
  if proofEndsMs > 0 then return { 'outdated' } end
  local bits = bitsOwed(cjson.decode(config[3]), countBefore(keys, who.userId, now))
  return bits > 0 and { 'owing', bits, now.ms } or nil, waiting
end
