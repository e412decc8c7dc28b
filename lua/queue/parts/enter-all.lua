-- Part: the answers to all who enter by one call. It needs the parts that enter-queue has.

local function enterAll(keys, room, people, now)
  local userIds, activeKeys, reply = {}, {}, { 'answers' }
  for i, person in ipairs(people) do
    userIds[i] = string.sub(person, 1, userIdLength)
    activeKeys[i] = room.activePrefix .. userIds[i]
  end
  local seen = seeAll(keys, userIds, activeKeys)
  -- A moment as a text, once for all: Redis would make both anew of each life.
  room.activeUntilMs = string.format('%.0f', now.ms + room.activeMs)
  for i, userId in ipairs(userIds) do
    local network, proofEndsMs, rest = string.match(people[i], '^ (%S*) (%d+)(.*)$', userIdLength + 1)
    local proof = { network = network, endsMs = tonumber(proofEndsMs) }
    keys.active, keys.polls = activeKeys[i], room.pollsPrefix .. userId
    reply[i + 1] = answerEntry(keys, room, seen, userId, proof, rest == '' and noTicket or ticketIn(rest), now)
  end
  seat(keys, room)
  return reply
end
