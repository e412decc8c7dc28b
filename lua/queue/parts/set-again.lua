-- Part: settings that Redis has lost, or older ones, give way to those that a caller knows (decision 0028); needs log.lua.

-- Gives whether anything was set. A fail-over may have lost the last change alone: then older settings are there.
local function setAgain(keys, scheduleId, settings, setUs, by)
  local isOlder = tonumber(redis.call('HGET', keys.config, 'setUs') or 0) < tonumber(setUs)
  local isSet = false
  if isOlder or redis.call('EXISTS', keys.config) == 0 then
    for field, text in pairs(cjson.decode(settings)) do
      redis.call('HSET', keys.config, field, text)
      isSet = true
    end
  end
  if isSet then
    redis.call('HSET', keys.config, 'setUs', setUs)
    append(keys, scheduleId, 'k', 'config', 'by', by, 'changes', settings)
  end
  return isSet
end
