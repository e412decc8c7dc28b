-- Part: what is to be kept of a user's polls and answers goes into the hash in one step, once the answer stands.

-- Longer than a minute and the longest advice, so that one counted minute sees the next.
local pollsKeptMs = 90000

-- Gives a user of this schedule; `noted` holds the texts of one answer at a time, so that people of one call may share the table.
local function personOf(userId, scheduleId, activeMs, perSecond, noted)
  return { userId = userId, scheduleId = scheduleId, activeMs = activeMs, perSecond = perSecond, noted = noted, count = 0, saved = {} }
end

local function note(who, field, value)
  local noted, count = who.noted, who.count
  noted[count + 1], noted[count + 2], who.count = field, value, count + 2
end

-- A field that holds this text already needs no writing.
local function noteChange(who, saved, field, text)
  if saved ~= text then note(who, field, text) end
end

-- `who.isNewMinute`: a minute has begun, which the hash has to outlive.
local function writeNoted(keys, who)
  if who.count > 0 then redis.call('HSET', keys.polls, unpack(who.noted, 1, who.count)) end
  if who.isNewMinute then redis.call('PEXPIRE', keys.polls, pollsKeptMs) end
end
