import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { spawnDaemon, endProcess } from '../process/daemon.mjs';
import { POSTGRES_ADMIN } from './postgres.mjs';
import { RABBIT_ADMIN } from './rabbit.mjs';
import { findProgram } from './binaries.mjs';
import { choosePorts } from './ports.mjs';
import { runnable } from './runnable.mjs';
import { openState } from './server-state.mjs';

const docker = (...args) => spawnSync('docker', args, { encoding: 'utf8', timeout: 60_000 });

export const dockerAnswers = () =>
  findProgram('docker') !== null && docker('version', '--format', '{{.Server.Version}}').status === 0;

const isListening = (port) =>
  new Promise((done) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout: 1000 });
    const end = (isUp) => {
      socket.destroy();
      done(isUp);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

/** Per server: image, ports inside, data folder inside, what it is told, and the check that runs inside the container. */
const RECIPES = {
  postgres: {
    image: 'postgres:15',
    ports: { postgres: 5432 },
    data: '/var/lib/postgresql/data',
    env: (password) => ({ POSTGRES_USER: POSTGRES_ADMIN, POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres' }),
    args: () => ['-c', 'max_connections=200', '-c', 'shared_buffers=256MB', '-c', 'timezone=UTC'],
    // Over TCP: the server that only creates the data listens on its socket alone.
    check: () => ['pg_isready', '-h', '127.0.0.1', '-U', POSTGRES_ADMIN],
    facts: (ports, password) => ({
      url: `postgres://${POSTGRES_ADMIN}:${password}@127.0.0.1:${ports.postgres}/postgres`,
    }),
  },
  rabbit: {
    image: 'rabbitmq:4-management',
    ports: { amqp: 5672, management: 15672 },
    data: '/var/lib/rabbitmq',
    env: (password) => ({
      RABBITMQ_DEFAULT_USER: RABBIT_ADMIN,
      RABBITMQ_DEFAULT_PASS: password,
      RABBITMQ_NODENAME: 'gs@localhost',
    }),
    args: () => [],
    check: () => ['rabbitmq-diagnostics', '-q', 'check_port_connectivity'],
    facts: (ports, password) => ({
      amqpUrl: `amqp://${RABBIT_ADMIN}:${password}@127.0.0.1:${ports.amqp}`,
      managementUrl: `http://${RABBIT_ADMIN}:${password}@127.0.0.1:${ports.management}`,
    }),
  },
  redis: {
    image: 'redis:7',
    ports: { redis: 6379 },
    data: '/data',
    env: () => ({}),
    args: (password) => ['redis-server', '--appendonly', 'yes', '--save', '', '--requirepass', password],
    check: (password) => ['redis-cli', '--no-auth-warning', '-a', password, 'ping'],
    facts: (ports, password) => ({ url: `redis://:${password}@127.0.0.1:${ports.redis}/0` }),
  },
};

/**
 * Starts one server as a container with its data in a volume of the same name, on a loopback port.
 * The process we own is the attached `docker run`; signals for the server go through the engine.
 */
export async function startInDocker(name, { dir, logDir = dir, signal } = {}) {
  const recipe = RECIPES[name];
  mkdirSync(dir, { recursive: true });
  const { state, save } = openState(dir, `docker-${name}`);
  const container = `groundswell-${createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 12)}-${name}`;
  docker('rm', '--force', container);
  save({ container, ports: await choosePorts(Object.keys(recipe.ports), state.ports) });
  const log = join(logDir, `${name}.log`);
  const { password, ports } = state;
  const env = Object.entries(recipe.env(password)).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  const publish = Object.entries(recipe.ports).flatMap(([key, inside]) => [
    '--publish',
    `127.0.0.1:${ports[key]}:${inside}`,
  ]);
  const run = [
    'run',
    '--rm',
    '--init',
    '--name',
    container,
    '--volume',
    `${container}:${recipe.data}`,
    ...env,
    ...publish,
  ];

  const server = await runnable({
    name: recipe.image,
    log,
    signal,
    launch: () => {
      const daemon = spawnDaemon('docker', [...run, recipe.image, ...recipe.args(password)], { log, env: process.env });
      save({ process: daemon.identity });
      return daemon;
    },
    launchAgainOn: /is already in use by container/,
    isReady: async () =>
      docker('exec', container, ...recipe.check(password)).status === 0 && isListening(Object.values(ports)[0]),
    end: async (identity) => {
      docker('stop', '--time', '20', container);
      await endProcess(identity);
    },
    afterStop: () => docker('rm', '--force', container),
    facts: { ports, log, container, ...recipe.facts(ports, password) },
  });
  const kill = async (signalName = 'SIGKILL') => {
    docker('kill', '--signal', signalName, container);
    if (signalName === 'SIGKILL') await server.exited;
  };
  return Object.assign(server, { kill });
}

/** Removes containers and volumes of a data folder. */
export function wipeDocker(dir) {
  if (!dockerAnswers()) return;
  const prefix = `groundswell-${createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 12)}`;
  for (const name of Object.keys(RECIPES)) {
    docker('rm', '--force', `${prefix}-${name}`);
    docker('volume', 'rm', '--force', `${prefix}-${name}`);
  }
}
