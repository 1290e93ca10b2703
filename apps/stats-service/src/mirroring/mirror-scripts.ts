/**
 * What is written to Redis, each in one step of it. Whoever was overtaken writes nothing: a change fits only what it follows, and
 * of two loads the one that began last goes on.
 */

/** KEYS: loaded, campaigns; ARGV: run id, previous version, version, fields of each campaign as JSON. 1 when it fitted. */
export const changeScript = `
local loaded = redis.call('hmget', KEYS[1], 'runId', 'version')
if loaded[1] ~= ARGV[1] or loaded[2] ~= ARGV[2] then return 0 end
for i = 2, #KEYS do
  redis.call('hset', KEYS[i], 'v', ARGV[3])
  for _, field in ipairs(cjson.decode(ARGV[i + 2])) do redis.call('hset', KEYS[i], field[1], field[2]) end
end
redis.call('hset', KEYS[1], 'version', ARGV[3])
return 1`;

/** KEYS: loaded; ARGV: run id, version, how long it is kept, ms. 1 when it is as expected. */
export const keepScript = `
local loaded = redis.call('hmget', KEYS[1], 'runId', 'version')
if loaded[1] ~= ARGV[1] or loaded[2] ~= ARGV[2] then return 0 end
redis.call('pexpire', KEYS[1], ARGV[3])
return 1`;

/** KEYS: loaded, loading; ARGV: id of the load, how long it may take, ms. From now on nobody reads here. */
export const beginScript = `
redis.call('set', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('del', KEYS[1])
return 1`;

/** KEYS: loading, what is left of an earlier load; ARGV: id of the load. 0 when another load has begun. */
export const clearScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 2, #KEYS do redis.call('unlink', KEYS[i]) end
return 1`;

/** KEYS: loading, campaigns; ARGV: id of the load, fields of each campaign as JSON. */
export const copyScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 2, #KEYS do
  for _, field in ipairs(cjson.decode(ARGV[i])) do redis.call('hset', KEYS[i], field[1], field[2]) end
end
return 1`;

/** KEYS: loading, loaded; ARGV: id of the load, run id, version, how long it is kept, ms. */
export const endScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[2], 'id', ARGV[1], 'runId', ARGV[2], 'version', ARGV[3])
redis.call('pexpire', KEYS[2], ARGV[4])
redis.call('del', KEYS[1])
return 1`;
