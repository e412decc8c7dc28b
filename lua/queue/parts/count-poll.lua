-- Part: how often a user polls (QUEUE-008). A minute's limit is for early polls; where people are told to ask often, it is four
--   times as many as came at the advised time. The tabs of one account are all told the same time, so those that come just after one that
--   was in time are not counted, up to a number that no person has open. It needs the part note-poll.

local minuteMs, toleranceMs, companyMs, companyMax = 60000, 250, 2000, 20
-- Nobody is told to ask later than this: a moment beyond it is from before the clock went back, and would keep people away for as long.
local adviceMaxMs = 30000

-- Gives earlyByMs, told (the last answer, for an early poll) and retryAfterMs if this poll is refused; notes earlyByMs for `notLater`.
local function countPoll(keys, who, now, pollsPerMinute)
  local saved = redis.call('HMGET', keys.polls, 'minuteEndsMs', 'polls', 'duePolls', 'scheduleId', 'nextMs',
    'ahead', 'total', 'epochUs', 'scoreUs', 'dueMs', 'company')
  local minuteEndsMs, polls, duePolls = tonumber(saved[1] or 0), tonumber(saved[2] or 0), tonumber(saved[3] or 0)
  local isNewMinute = minuteEndsMs <= now.ms or minuteEndsMs > now.ms + minuteMs
  if isNewMinute then
    minuteEndsMs, polls, duePolls = now.ms + minuteMs, 0, 0
  end
  local nextMs = saved[4] == who.scheduleId and tonumber(saved[5]) or nil
  if nextMs and nextMs - now.ms > adviceMaxMs then nextMs = now.ms end
  local isDue = nextMs ~= nil and now.ms >= nextMs - toleranceMs
  local sinceDueMs, company = now.ms - tonumber(saved[10] or 0), tonumber(saved[11] or 0)
  local isCompany = not isDue and sinceDueMs >= 0 and sinceDueMs <= companyMs and company < companyMax
  if isDue then
    note(who, 'dueMs', now.ms)
    noteChange(who, saved[11], 'company', '0')
  elseif isCompany then
    note(who, 'company', company + 1)
  end
  polls, duePolls = polls + (isCompany and 0 or 1), duePolls + (isDue and 1 or 0)
  if isNewMinute then
    note(who, 'minuteEndsMs', minuteEndsMs)
  end
  note(who, 'polls', polls)
  note(who, 'duePolls', duePolls)
  who.isNewMinute, who.saved = isNewMinute, { scheduleId = saved[4], epochUs = saved[8], scoreUs = saved[9] }

  if isDue then
    return {}
  end
  local earlyByMs = nextMs and nextMs - now.ms
  if not isCompany and polls > math.max(pollsPerMinute, 4 * duePolls) then
    return { retryAfterMs = math.min(minuteEndsMs - now.ms, earlyByMs or minuteMs) }
  end
  local told = earlyByMs and saved[6]
    and { ahead = tonumber(saved[6]), total = tonumber(saved[7]), epochUs = tonumber(saved[8]), scoreUs = tonumber(saved[9]) }
  who.earlyByMs = not told and earlyByMs or nil
  return { earlyByMs = earlyByMs, told = told }
end
