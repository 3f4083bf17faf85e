"""What Redis does in one go: each script runs whole, and nothing else runs meanwhile.

Every script gets the same first three arguments: the prefix of Rasa's keys, the prefix of ours,
and the conversation (or nothing). Rasa's value is one JSON text, `{"events": […], "name": …}`; a
step is written over its end, so that appending costs the same however long the conversation is.
Our keys, behind our prefix:

conversation:ID     hash: `sequence` and `bytes` of Rasa's value as we left it, `epoch`, `holder`,
                    `expires`; `past` and `past_bytes` of the snapshot
snapshot:ID         the snapshot
message:N:ID…       hash of a message (N is the length of ID, the message's id follows it)
messages:ID         sorted set of the conversation's message ids by the time they came
open, open:ID       sorted sets of unanswered messages by number
outbox, outbox:items        sorted set of ids by the time they are due; hash of what is to be said
due, reminders:ID   sorted set of reminders by the time they are due; hash of them by name
recent              sorted set of conversations by when they were last written to
count               counts up
"""

from typing import Final

_HEAD: Final = """
local rasa, ours, name = ARGV[1] .. ARGV[3], ARGV[2], ARGV[3]
local conversation = ours .. 'conversation:' .. name
local function message_key(id) return ours .. 'message:' .. #name .. ':' .. name .. id end
local function member(id) return #name .. ':' .. name .. id end
local function time()
    local t = redis.call('TIME')
    return tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local function exact(number) return string.format('%.17g', number) end
local function touch()
    redis.call('ZADD', ours .. 'recent', redis.call('INCR', ours .. 'count'), name)
end
local function begin(key, sequence, really, holder, place)
    if redis.call('HGET', key, 'attempts') == '0' then
        redis.call('HSET', key, 'begun', sequence)
    end
    redis.call('HINCRBY', key, 'attempts', really and 1 or 0)
    redis.call('HSET', key, 'holder', holder, 'place', really and '0' or exact(place))
end
local function expire(seconds)
    if seconds == '' then return end
    for _, key in ipairs({rasa, conversation, ours .. 'snapshot:' .. name}) do
        redis.call('PEXPIRE', key, math.ceil(tonumber(seconds) * 1000))
    end
end
"""

TAKE: Final = (
    _HEAD
    + """
-- message id, holder, seconds, holders known to be dead, attempts
-- -> {holder, until, now} of who has it, or comes before us | {epoch, previous, sequence, arrival,
-- whole, [message id, payload] of each message that was cut before}
local id, holder, seconds = ARGV[4], ARGV[5], tonumber(ARGV[6])
local gone, now = {}, time()
for _, each in ipairs(cjson.decode(ARGV[7])) do gone[each] = true end
local function alive(who, till)
    return who and not gone[who] and till > now and till < now + 10 * seconds
end
local h = redis.call(
    'HMGET', conversation, 'sequence', 'bytes', 'epoch', 'holder', 'expires')
local expires = tonumber(h[5] or '0')
local key, waits, arrival = message_key(id), false, ''
local m = redis.call('HMGET', key, 'number', 'attempts', 'answered')
if m[1] then
    waits = not m[3]
    arrival = m[3] and 'answered' or (m[2] == '0' and 'new' or 'unfinished')
end
local function refused(who, till)
    if waits then redis.call('HSET', key, 'holder', holder, 'place', exact(now + seconds)) end
    return {who, exact(till), exact(now)}
end
if h[4] ~= holder and alive(h[4], expires) then return refused(h[4], expires) end
local begun, arrived = {}, {}
for _, other in ipairs(waits and redis.call('ZRANGE', ours .. 'open:' .. name, 0, -1) or {}) do
    local e = redis.call('HMGET', message_key(other), 'payload', 'holder', 'place', 'attempts',
        'number')
    local tries, before = tonumber(e[4] or '0'), tonumber(e[5] or '0') < tonumber(m[1])
    local first = (tries > 0 and (m[2] == '0' or before)) or (tries == 0 and m[2] == '0' and before)
    if e[1] and other ~= id and tries < tonumber(ARGV[8]) and first then
        if alive(e[2], tonumber(e[3])) then
            if e[2] ~= holder then return refused(e[2], tonumber(e[3])) end
        else
            table.insert(tries > 0 and begun or arrived, {other, e[1]})
        end
    end
end
for _, each in ipairs(arrived) do table.insert(begun, each) end
local previous = tonumber(h[3] or '0')
local epoch = math.max(previous + 1, math.floor(now * 1000000))
local sequence = h[1] or '0'
redis.call('HSET', conversation, 'epoch', string.format('%.0f', epoch), 'holder', holder,
    'expires', exact(now + seconds), 'sequence', sequence, 'bytes', h[2] or '0')
if waits then begin(key, sequence, #begun == 0, holder, now + seconds) end
local whole = redis.call('STRLEN', rasa) == tonumber(h[2] or '0')
return {string.format('%.0f', epoch), string.format('%.0f', previous), sequence, arrival,
    whole and 1 or 0, begun}
"""
)

ADOPT: Final = (
    _HEAD
    + """
-- epoch, number of events, the value ('' leaves it as it is), its length before, message id
if redis.call('HGET', conversation, 'epoch') ~= ARGV[4]
    or redis.call('STRLEN', rasa) ~= tonumber(ARGV[7]) then return 0 end
if ARGV[6] ~= '' then redis.call('SET', rasa, ARGV[6], 'KEEPTTL') end
redis.call('DEL', ours .. 'snapshot:' .. name)
redis.call('HDEL', conversation, 'past', 'past_bytes')
redis.call('HSET', conversation, 'sequence', ARGV[5], 'bytes', redis.call('STRLEN', rasa))
local attempts = redis.call('HGET', message_key(ARGV[8]), 'attempts')
if attempts == '0' or attempts == '1' then
    redis.call('HSET', message_key(ARGV[8]), 'begun', ARGV[5])
end
return 1
"""
)

RENEW: Final = (
    _HEAD
    + """
-- epoch, seconds (0 releases)
if redis.call('HGET', conversation, 'epoch') ~= ARGV[4] then return 0 end
local seconds = tonumber(ARGV[5])
redis.call('HSET', conversation, 'expires', seconds > 0 and exact(time() + seconds) or '0')
return 1
"""
)

LOAD: Final = (
    _HEAD
    + """
-- length of the value's end -> {whole, snapshot, sequence of it, the value or what came after it}
local h = redis.call('HMGET', conversation, 'bytes', 'past', 'past_bytes')
local length = redis.call('STRLEN', rasa)
local snapshot = redis.call('GET', ours .. 'snapshot:' .. name)
if length ~= tonumber(h[1] or '0') or not snapshot or not h[2] then
    return {0, false, 0, redis.call('GET', rasa)}
end
local from = tonumber(h[3]) - tonumber(ARGV[4])
return {1, snapshot, tonumber(h[2]), redis.call('GETRANGE', rasa, from, -1)}
"""
)

APPEND: Final = (
    _HEAD
    + """
-- epoch, after, number of events, their JSON, start and end of the value, answered message,
-- snapshot, cancelled reminders, new ones, answers for the outbox, expiry, how long to keep
-- answered messages -> ids of the answers | nothing if the lease was lost or somebody came first
local epoch, after, count = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local events, start, tail = ARGV[7], ARGV[8], ARGV[9]
local answered, snapshot, expiry = ARGV[10], ARGV[11], ARGV[15]
local h = redis.call('HMGET', conversation, 'epoch', 'sequence', 'bytes')
local bytes = tonumber(h[3] or '0')
if h[1] ~= epoch or tonumber(h[2]) ~= after or redis.call('STRLEN', rasa) ~= bytes then
    return false
end
if count > 0 then
    if bytes == 0 then
        redis.call('SET', rasa, start .. events .. tail)
    else
        local comma = after > 0 and ', ' or ''
        redis.call('SETRANGE', rasa, bytes - #tail, comma .. events .. tail)
    end
    bytes = redis.call('STRLEN', rasa)
    redis.call('HSET', conversation, 'sequence', after + count, 'bytes', bytes)
    touch()
end
if answered ~= '' then
    local key = message_key(answered)
    if redis.call('EXISTS', key) == 1 then
        redis.call('HSET', key, 'answered', after + count, 'place', '0')
        redis.call('HDEL', key, 'payload')
        redis.call('EXPIRE', key, ARGV[16])
        redis.call('ZREM', ours .. 'open', member(answered))
        redis.call('ZREM', ours .. 'open:' .. name, answered)
    end
end
local reminders = ours .. 'reminders:' .. name
for _, reminder in ipairs(cjson.decode(ARGV[12])) do
    redis.call('HDEL', reminders, reminder)
    redis.call('ZREM', ours .. 'due', member(reminder))
end
for _, reminder in ipairs(cjson.decode(ARGV[13])) do
    redis.call('HSET', reminders, reminder[1], reminder[3])
    redis.call('ZADD', ours .. 'due', reminder[2], member(reminder[1]))
end
if snapshot ~= '' then
    redis.call('SET', ours .. 'snapshot:' .. name, snapshot)
    redis.call('HSET', conversation, 'past', after + count, 'past_bytes', bytes)
end
local ids = {}
for i, waiting in ipairs(cjson.decode(ARGV[14])) do
    ids[i] = redis.call('INCR', ours .. 'count')
    redis.call('HSET', ours .. 'outbox:items', ids[i], waiting[2])
    redis.call('ZADD', ours .. 'outbox', waiting[1], ids[i])
end
expire(expiry)
return ids
"""
)

REPLACE: Final = (
    _HEAD
    + """
-- epoch, number of events, the value, expiry
if redis.call('HGET', conversation, 'epoch') ~= ARGV[4] then return 0 end
redis.call('SET', rasa, ARGV[6])
redis.call('DEL', ours .. 'snapshot:' .. name)
redis.call('HDEL', conversation, 'past', 'past_bytes')
redis.call('HSET', conversation, 'sequence', ARGV[5], 'bytes', redis.call('STRLEN', rasa))
for _, id in ipairs(redis.call('ZRANGE', ours .. 'messages:' .. name, 0, -1)) do
    for _, field in ipairs({'begun', 'answered'}) do
        if redis.call('HEXISTS', message_key(id), field) == 1 then
            redis.call('HSET', message_key(id), field, '0')
        end
    end
end
touch()
expire(ARGV[7])
return 1
"""
)

ARRIVE: Final = (
    _HEAD
    + """
-- message id, payload, holder, seconds, how long to keep answered ones
local id, key, now = ARGV[4], message_key(ARGV[4]), time()
local place = exact(now + tonumber(ARGV[7]))
if redis.call('EXISTS', key) == 1 then
    if redis.call('HEXISTS', key, 'answered') == 1 then return 'answered' end
    redis.call('HSET', key, 'holder', ARGV[6], 'place', place)
    return 'unfinished'
end
local number = redis.call('INCR', ours .. 'count')
redis.call('HSET', key, 'number', number, 'payload', ARGV[5], 'attempts', 0,
    'holder', ARGV[6], 'place', place)
local messages = ours .. 'messages:' .. name
redis.call('ZADD', messages, exact(now), id)
redis.call('ZADD', ours .. 'open', number, member(id))
redis.call('ZADD', ours .. 'open:' .. name, number, id)
for _, old in ipairs(
    redis.call('ZRANGEBYSCORE', messages, '-inf', exact(now - tonumber(ARGV[8])))) do
    if redis.call('HEXISTS', message_key(old), 'payload') == 0 then
        redis.call('ZREM', messages, old)
    end
end
return 'new'
"""
)

GIVE_UP: Final = (
    _HEAD
    + """
-- message id
if redis.call('EXISTS', message_key(ARGV[4])) == 1 then
    redis.call('HSET', message_key(ARGV[4]), 'place', '0')
end
"""
)

UNFINISHED: Final = (
    _HEAD
    + """
-- attempts -> {now, [id, message id, payload, its holder, its place, holder, expires] …}
local found = {exact(time())}
for _, each in ipairs(redis.call('ZRANGE', ours .. 'open', 0, -1)) do
    local length, rest = string.match(each, '^(%d+):(.*)$')
    local id, message = string.sub(rest, 1, length), string.sub(rest, length + 1)
    local m = redis.call('HMGET', ours .. 'message:' .. each, 'payload', 'holder', 'place',
        'attempts')
    if m[1] and tonumber(m[4]) < tonumber(ARGV[4]) then
        local h = redis.call('HMGET', ours .. 'conversation:' .. id, 'holder', 'expires')
        table.insert(found, {id, message, m[1], m[2], m[3], h[1] or '', h[2] or '0'})
    end
end
return found
"""
)

PUT_ASIDE: Final = (
    _HEAD
    + """
-- id (0 is a new one), due, what is to be said
local id = ARGV[4]
if id == '0' then id = redis.call('INCR', ours .. 'count') end
redis.call('HSET', ours .. 'outbox:items', id, ARGV[6])
redis.call('ZADD', ours .. 'outbox', ARGV[5], id)
"""
)

WAITING: Final = (
    _HEAD
    + """
-- now, until when they are claimed, how many at most -> {id, what is to be said, …}
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', ours .. 'outbox', '-inf', ARGV[4],
    'LIMIT', 0, ARGV[6])) do
    redis.call('ZADD', ours .. 'outbox', ARGV[5], id)
    table.insert(found, id)
    table.insert(found, redis.call('HGET', ours .. 'outbox:items', id))
end
return found
"""
)

DELIVERED: Final = (
    _HEAD
    + """
-- id
redis.call('HDEL', ours .. 'outbox:items', ARGV[4])
redis.call('ZREM', ours .. 'outbox', ARGV[4])
"""
)

DUE: Final = (
    _HEAD
    + """
-- now, until when they are claimed, how many at most -> the reminders
local found = {}
for _, each in ipairs(redis.call('ZRANGEBYSCORE', ours .. 'due', '-inf', ARGV[4],
    'LIMIT', 0, ARGV[6])) do
    local length, rest = string.match(each, '^(%d+):(.*)$')
    local id, reminder = string.sub(rest, 1, length), string.sub(rest, length + 1)
    redis.call('ZADD', ours .. 'due', ARGV[5], each)
    table.insert(found, redis.call('HGET', ours .. 'reminders:' .. id, reminder))
end
return found
"""
)

REMINDED: Final = (
    _HEAD
    + """
-- name of the reminder, due
local kept = redis.call('HGET', ours .. 'reminders:' .. name, ARGV[4])
if kept and cjson.decode(kept)[5] == tonumber(ARGV[5]) then
    redis.call('HDEL', ours .. 'reminders:' .. name, ARGV[4])
    redis.call('ZREM', ours .. 'due', member(ARGV[4]))
end
"""
)

DELETE: Final = (
    _HEAD
    + """
for _, id in ipairs(redis.call('ZRANGE', ours .. 'messages:' .. name, 0, -1)) do
    redis.call('DEL', message_key(id))
    redis.call('ZREM', ours .. 'open', member(id))
end
for _, reminder in ipairs(redis.call('HKEYS', ours .. 'reminders:' .. name)) do
    redis.call('ZREM', ours .. 'due', member(reminder))
end
local items = redis.call('HGETALL', ours .. 'outbox:items')
for i = 1, #items, 2 do
    if cjson.decode(items[i + 1])[2] == name then
        redis.call('HDEL', ours .. 'outbox:items', items[i])
        redis.call('ZREM', ours .. 'outbox', items[i])
    end
end
redis.call('ZREM', ours .. 'recent', name)
redis.call('DEL', rasa, conversation, ours .. 'snapshot:' .. name, ours .. 'messages:' .. name,
    ours .. 'open:' .. name, ours .. 'reminders:' .. name)
"""
)
