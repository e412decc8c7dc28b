-- Part: the stay of somebody inside, as admission writes it: `{token} {its end in unix ms} {epoch in µs} {place in µs}`.

-- Gives the four of a stay that lasts, as texts; nil for none and for one that is over.
local function stayIn(text, nowMs)
  local token, expiresAtMs, epochUs, scoreUs = string.match(text or '', '^(%S+) (%d+) (%d+) (%d+)$')
  if token and tonumber(expiresAtMs) > nowMs then
    return token, expiresAtMs, epochUs, scoreUs
  end
end
