import { defineScript } from "@gantry/redis";
import { toSession } from "./session-reply.ts";

/**
 * What the scripts share. Three keys belong to a session: `iam:session:<token hash>`, a hash; `iam:session-id:<id>`, the
 * token's hash; and an entry of `iam:user-sessions:<user>`, a sorted set by the time at which the session ends. The scripts
 * compute them from each other, for which Redis must be one primary and no cluster.
 *
 * Whatever stands under these keys and is no session of ours counts as none: another type, a missing field, a number that
 * is no number. Doubt ends a session and never keeps it: a comparison with a time that is none (NaN) is false.
 */
const library = `
local function number(text)
  return type(text) == 'string' and #text <= 15 and string.match(text, '^%d+$') and tonumber(text) or nil
end
-- id, user, epoch, created, expires, seen
local function fields(hash)
  local found = redis.pcall('HMGET', 'iam:session:' .. hash, 'id', 'user', 'epoch', 'created', 'expires', 'seen')
  return not found.err and found[1] and found[2] and found or nil
end
local function is_live(found, at, idle)
  local epoch, created, expires, seen = number(found[3]), number(found[4]), number(found[5]), number(found[6])
  return epoch and created and expires and seen and at < expires and at - seen < idle
end
-- the token's hash, the fields
local function by_id(id)
  local hash = redis.pcall('GET', 'iam:session-id:' .. id)
  local found = type(hash) == 'string' and fields(hash)
  if found and found[1] == id then return hash, found end
end
-- a sorted set, or nothing from now on
local function sessions_of(user)
  local key = 'iam:user-sessions:' .. user
  if redis.call('TYPE', key).ok ~= 'zset' then redis.call('DEL', key) end
  return key
end
local function remove(id)
  local hash, found = by_id(id)
  redis.call('DEL', 'iam:session-id:' .. id)
  if not found then return end
  redis.call('DEL', 'iam:session:' .. hash)
  redis.call('ZREM', sessions_of(found[2]), id)
end
`;

/**
 * The session comes first: a Redis that is full refuses it, and nothing has happened. What is over leaves the user's set
 * here, and the set goes with its last session: it cannot grow for ever.
 */
export const begin = defineScript(
  `${library}
local hash, id, user, epoch, created, expires, seen, forget_at = unpack(ARGV)
local session, sessions = 'iam:session:' .. hash, sessions_of(user)
redis.call('HSET', session, 'id', id, 'user', user, 'epoch', epoch, 'created', created, 'expires', expires, 'seen', seen)
redis.call('PEXPIREAT', session, forget_at)
redis.call('SET', 'iam:session-id:' .. id, hash, 'PXAT', forget_at)
redis.call('ZREMRANGEBYSCORE', sessions, '-inf', created)
redis.call('ZADD', sessions, expires, id)
redis.call('PEXPIREAT', sessions, forget_at, 'NX')
redis.call('PEXPIREAT', sessions, forget_at, 'GT')`,
  () => undefined,
);

/** A Redis that is full, or cannot write to its disk, keeps nobody out: only the note of this use is missing then. */
export const use = defineScript(
  `${library}
local hash, at, idle, grain = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local found = fields(hash)
if not (found and is_live(found, at, idle)) then return false end
if at - number(found[6]) >= grain then
  local noted = redis.pcall('HSET', 'iam:session:' .. hash, 'seen', ARGV[2])
  if type(noted) == 'number' then found[6] = ARGV[2] end
end
return {hash, unpack(found)}`,
  toSession,
);

export const find = defineScript(
  `${library}
local at, idle, live = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for i = 3, #ARGV do
  local hash, found = by_id(ARGV[i])
  if found and is_live(found, at, idle) then live[#live + 1] = {hash, unpack(found)} end
end
return live`,
  (reply) => (Array.isArray(reply) ? reply.map(toSession).filter((session) => session !== undefined) : []),
);

export const end = defineScript(`${library} remove(ARGV[1])`, () => undefined);

/** An id in the set of a user whose session it is not, is taken out of it and left alone. */
export const endAll = defineScript(
  `${library}
local user, at, idle, except = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local sessions, ended = sessions_of(user), 0
for _, id in ipairs(redis.call('ZRANGE', sessions, 0, -1)) do
  if id ~= except then
    local _, found = by_id(id)
    if found and found[2] == user then
      if is_live(found, at, idle) then ended = ended + 1 end
      remove(id)
    end
    redis.call('ZREM', sessions, id)
  end
end
return ended`,
  Number,
);

export const moveToEpoch = defineScript(
  `${library}
local hash, found = by_id(ARGV[1])
local epoch = found and number(found[3])
if epoch and epoch < tonumber(ARGV[2]) then redis.call('HSET', 'iam:session:' .. hash, 'epoch', ARGV[2]) end`,
  () => undefined,
);
