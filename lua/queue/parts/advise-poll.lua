-- Part: when a person who waits should ask again, in ms: a quarter of the wait, 1.25 s at the front, 20 s far away, and up to
--   a fifth later, so that those who came together do not all ask together. While nobody is admitted: 10 s.

local function advisePoll(ahead, perSecond)
  local plainMs = 10000
  if perSecond > 0 then
    plainMs = math.min(math.max((ahead + 1) / perSecond * 1000 / 4, 1250), 20000)
  end
  return math.floor(plainMs * (1 + 0.2 * ((ahead * 0.618034) % 1)))
end

-- While a draw is to come nobody has a rank: 15 to 20 s, so that T-0 is asked about by nobody sooner and by all within 20 s.
local function adviseUndrawn(ahead)
  return math.floor(15000 * (1 + (ahead * 0.618034) % 1 / 3))
end

-- An early poll does not put off the time that others of the same account have been told.
local function notLater(who, pollAfterMs)
  return math.min(pollAfterMs, who.earlyByMs or pollAfterMs)
end
