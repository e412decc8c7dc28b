-- Purpose: the least an admission does, to compare with: take people from the front of a queue, and write a token for each.
-- KEYS
--   [1] queue    sorted set; tokens are written to keys that begin with its name
-- ARGV
--   [1] tokenMs  life of a token
--   [2..] tokens
-- Returns the users and their scores, as ZPOPMIN does

local users = redis.call('ZPOPMIN', KEYS[1], #ARGV - 1)
for i = 2, #ARGV do
  redis.call('SET', KEYS[1] .. ARGV[i], users[2 * i - 3], 'PX', ARGV[1])
end
return users
