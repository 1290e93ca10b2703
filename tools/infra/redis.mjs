import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { endProcess, spawnDaemon } from '../process/daemon.mjs';
import { findRedis } from './binaries.mjs';
import { choosePorts } from './ports.mjs';
import { runnable } from './runnable.mjs';
import { openState } from './server-state.mjs';

/** Redis only holds what can be rebuilt, so a write reaches the disk within a second, not at once. */
const configuration = (port, dir, password) =>
  [
    `port ${port}`,
    'bind 127.0.0.1',
    'daemonize no',
    `dir "${dir}"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    `requirepass ${password}`,
  ].join('\n');

/** True when the server on this port knows our password and has loaded its data (it answers LOADING before). */
function ping(port, password) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout: 1000 });
    let answer = '';
    const end = (isUp) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.split('\r\n').length > 2) end(answer.startsWith('+OK') && answer.includes('+PONG'));
    });
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Starts a private Redis on the data in `dir`. */
export async function startRedis({ dir, logDir = dir, ports, signal } = {}) {
  const program = findRedis();
  if (!program) throw new Error('no Redis server is installed');
  const data = join(dir, 'redis');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const log = join(logDir, 'redis.log');
  const { state, save } = openState(dir, 'redis');
  await endProcess(state.process);
  save({ ports: ports ?? (await choosePorts(['redis'], state.ports)) });
  const port = state.ports.redis;
  const config = join(dir, 'redis.conf');
  writeFileSync(config, `${configuration(port, data, state.password)}\n`, { mode: 0o600 });

  return runnable({
    name: 'Redis',
    log,
    signal,
    launch: () => {
      const daemon = spawnDaemon(program, [config], { log, cwd: data, env: { PATH: process.env.PATH } });
      save({ process: daemon.identity });
      return daemon;
    },
    isReady: () => ping(port, state.password),
    end: (identity) => endProcess(identity),
    facts: { port, dir: data, log, url: `redis://:${state.password}@127.0.0.1:${port}/0` },
  });
}
