-- Part: why somebody without a place gets none yet. The work that is owed grows with how many accounts have lately wanted a place
--   from the same network, one bit for each doubling: a farm pays for each of its accounts, a phone that shares its address a bounded bit more.
--   It needs the parts drop-gone, together and join-queue.

local networkMs, networkMax = 120000, 10000
-- A queue with more than a few places of people who have left shows one of them to most newcomers, and each makes room for several.
local seenWhenFull = 10

-- Gives how many other accounts came from this network before this one, within two minutes; no more than networkMax are told apart.
--   Of those who come by one call each counts a microsecond after the one before, so that all keep their turn.
local function countBefore(newcomersKey, room, userId, now)
  if not room.networks[newcomersKey] then
    redis.call('ZREMRANGEBYSCORE', newcomersKey, '-inf', now.us - networkMs * 1000)
  end
  room.counted = room.counted + 1
  redis.call('ZADD', newcomersKey, 'NX', now.us + room.counted, userId)
  redis.call('ZREMRANGEBYRANK', newcomersKey, networkMax, -1)
  if not room.networks[newcomersKey] then
    redis.call('PEXPIRE', newcomersKey, networkMs)
    room.networks[newcomersKey] = true
  end
  return redis.call('ZRANK', newcomersKey, userId) or networkMax
end

local function bitsOwed(terms, before)
  if before < terms.freeAccountsPerAddress then
    return terms.onlyCrowded and 0 or terms.baseBits
  end
  -- frexp gives the exponent above the whole logarithm of base 2: 1 for the first account that is not free, 2 for twice as many.
  local _, doublings = math.frexp(before / terms.freeAccountsPerAddress)
  return math.min(terms.baseBits + doublings, terms.maxBits)
end

local function readTerms(keys, room)
  local config = redis.call('HMGET', keys.config, 'capacity', 'draining', 'proofOfWork')
  return {
    capacity = tonumber(config[1] or room.defaultCapacity), isDraining = config[2] == 'true',
    proofOfWork = config[3] and config[3] ~= 'null' and cjson.decode(config[3]) or nil,
  }
end

local function makeRoom(keys, room, seen)
  seat(keys, room)
  local dropped, userIds = dropGone(keys, room.scheduleId, room.activePrefix, seenWhenFull)
  for _, userId in ipairs(userIds) do seen.scores[userId] = nil end
  room.total = room.total - dropped
end

-- Gives the answer, or nil for who may take a place. `proof`: until when the work shown counts (`endsMs`, 0 for none), and the network.
local function refuseNewcomer(keys, room, seen, userId, proof, now)
  room.terms = room.terms or readTerms(keys, room)
  local terms, proofEndsMs = room.terms, proof.endsMs
  if terms.isDraining then return { 'draining' } end
  if countTotal(keys, room) >= terms.capacity then makeRoom(keys, room, seen) end
  if room.total >= terms.capacity then return { 'full' } end
  if not terms.proofOfWork or proofEndsMs > now.ms then return nil end
  if proofEndsMs > 0 then return { 'outdated' } end
  local bits = bitsOwed(terms.proofOfWork, countBefore(room.newcomersPrefix .. proof.network, room, userId, now))
  return bits > 0 and { 'owing', bits, now.ms } or nil
end
