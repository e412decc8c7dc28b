-- Part: when a person who waits should ask again, in ms: a quarter of the wait, 1.25 s at the front, 20 s far away, and up to
--   a fifth later, so that those who came together do not all ask together. While nobody is admitted: 10 s.

local function advisePoll(ahead, perSecond)
  local plainMs = 10000
  if perSecond > 0 then
    plainMs = math.min(math.max((ahead + 1) / perSecond * 1000 / 4, 1250), 20000)
  end
  return math.floor(plainMs * (1 + 0.2 * ((ahead * 0.618034) % 1)))
end
