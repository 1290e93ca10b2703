import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { claim } from '../process/ownership.mjs';
import { startInDocker, wipeDocker } from './docker.mjs';
import { ensureInstalled } from './packages.mjs';
import { startPostgres, postgresDataDir } from './postgres.mjs';
import { startRabbit } from './rabbit.mjs';
import { startRedis } from './redis.mjs';
import { endLeftOver } from './server-state.mjs';

export { endLeftOver, startPostgres, startRabbit, startRedis };

/** Where RabbitMQ's management API is when only AMQP_URL is given: same host and user, its usual port. */
function guessManagementUrl(amqpUrl) {
  const url = new URL(amqpUrl);
  const login = url.username ? `${url.username}:${url.password}@` : 'guest:guest@';
  return `http://${login}${url.hostname}:15672`;
}

/** Servers that somebody runs for us, by the environment: `{postgres, rabbit, redis}`, null where nothing is named. */
export function namedServers(env = process.env) {
  const named = (url) => url && { url, isPrivate: false };
  return {
    postgres: named(env.DATABASE_URL) || null,
    rabbit: env.AMQP_URL
      ? {
          isPrivate: false,
          amqpUrl: env.AMQP_URL,
          managementUrl: env.AMQP_MANAGEMENT_URL || guessManagementUrl(env.AMQP_URL),
        }
      : null,
    redis: named(env.REDIS_URL) || null,
  };
}

/** Ends left-over servers and removes their data, also what lies outside `dir` because another uid must reach it. */
export async function wipeData(dir) {
  if (!existsSync(dir)) return;
  await endLeftOver(dir, { discard: true });
  if (readdirSync(dir).some((file) => file.startsWith('docker-'))) wipeDocker(dir);
  const postgres = postgresDataDir(dir);
  rmSync(dir, { recursive: true, force: true });
  if (!postgres.startsWith(dir)) rmSync(dirname(postgres), { recursive: true, force: true });
}

/**
 * Finds or starts the three servers.
 *
 * `dir` holds the data of those we start; `fresh` empties it first. `named` are servers to use instead (see namedServers; {}
 * for none). `report(text)` is told what takes long. Only one process at a time may run servers on a folder (OwnedError);
 * servers that a killed run left there are ended cleanly first.
 */
export async function startServers({
  dir,
  logDir = join(dir, 'log'),
  fresh = false,
  named = namedServers(),
  settings,
  report = () => {},
  signal,
}) {
  const wanted = ['postgres', 'rabbit', 'redis'].filter((name) => !named[name]);
  const release =
    wanted.length > 0 ? claim(join(dirname(dir), `${basename(dir)}.lock`), `the servers' folder ${dir}`) : () => {};
  const started = {};
  const stop = async (options) => {
    // Postgres last: whoever still holds something writes it there.
    for (const name of ['redis', 'rabbit', 'postgres']) await started[name]?.stop(options);
    release();
  };
  try {
    const inDocker = await ensureInstalled(wanted, { report, signal });
    if (fresh) await wipeData(dir);
    const starts = { postgres: startPostgres, rabbit: startRabbit, redis: startRedis };
    const tasks = wanted.map(async (name) => {
      const options = { dir, logDir, signal, ...settings?.[name] };
      started[name] = await (inDocker.includes(name) ? startInDocker(name, options) : starts[name](options));
      started[name].isPrivate = true;
    });
    const failed = (await Promise.allSettled(tasks)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  } catch (error) {
    await stop({ discard: fresh });
    throw error;
  }
  const servers = { ...named, ...started };
  return {
    ...servers,
    databaseUrl: servers.postgres.url,
    amqpUrl: servers.rabbit.amqpUrl,
    amqpManagementUrl: servers.rabbit.managementUrl,
    redisUrl: servers.redis.url,
    dataDir: wanted.includes('postgres') ? started.postgres.dir : null,
    stop,
  };
}
