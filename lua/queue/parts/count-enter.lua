-- Part: how often an account asks to enter. It needs the part note-poll.

local enterMinuteMs = 60000

-- Counts an entry; gives nil, or for how many ms more an account that has entered too often this minute is refused.
local function countEnter(keys, who, now, entersPerMinute)
  local saved = redis.call('HMGET', keys.polls, 'entersEndMs', 'enters')
  local endMs, enters = tonumber(saved[1] or 0), tonumber(saved[2] or 0)
  local isNewMinute = endMs <= now.ms or endMs > now.ms + enterMinuteMs
  if isNewMinute then
    endMs, enters = now.ms + enterMinuteMs, 0
  end
  if entersPerMinute > 0 and enters >= entersPerMinute then
    return endMs - now.ms
  end
  if isNewMinute then
    note(who, 'entersEndMs', endMs)
  end
  note(who, 'enters', enters + 1)
  who.isNewMinute = isNewMinute
  return nil
end
