import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { endProcess, spawnDaemon } from '../process/daemon.mjs';
import { isAlive } from '../process/identity.mjs';
import { findEpmd, findRabbit } from './binaries.mjs';
import { choosePorts } from './ports.mjs';
import { runnable } from './runnable.mjs';
import { openState } from './server-state.mjs';

export const RABBIT_ADMIN = 'groundswell_admin';
const PORT_NAMES = ['amqp', 'management', 'prometheus', 'distribution', 'epmd'];

/** Two schedulers without busy waiting: the broker shares a laptop with the fleet. Bound to no core, since others run beside it. */
const ERLANG_FLAGS = '+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}';

/** 50 MB of free disk are enough here; the default (and any share of the memory) would block publishing on a full laptop. */
const configuration = (ports, password, extra) =>
  [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
    'prometheus.tcp.ip = 127.0.0.1',
    `prometheus.tcp.port = ${ports.prometheus}`,
    `default_user = ${RABBIT_ADMIN}`,
    `default_pass = ${password}`,
    'default_user_tags.administrator = true',
    'disk_free_limit.absolute = 50MB',
    'log.console = true',
    'log.console.level = info',
    'log.file = false',
    ...extra,
  ].join('\n');

/** Everything the server script would otherwise look up in /etc, /var or the home folder of whoever starts it. */
function environment(home, ports, nodeName) {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_CONF_ENV_FILE: join(home, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_BASE: home,
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_MNESIA_DIR: join(home, 'mnesia', 'node'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(home, 'feature_flags'),
    RABBITMQ_PID_FILE: join(home, 'server.pid'),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Every Erlang program would start `epmd -daemon` beside ours, also the short-lived ones that the server script runs.
    ERL_FLAGS: '-start_epmd false',
    RABBITMQ_SCHEDULER_BIND_TYPE: 'u',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERLANG_FLAGS,
    // Makes the script become the server instead of waiting beside it, so the pid we know is the one to kill.
    detached: '1',
  };
}

/** True when something on the port speaks AMQP: it answers the protocol header with a method frame. */
function answersAmqp(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout: 1000 });
    const end = (isUp) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1')));
    socket.once('data', (chunk) => end(chunk[0] === 1));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** The management plugin comes up last and knows our password: once it answers, all is up and it is our broker. */
async function answersManagement(managementUrl) {
  const { username, password, origin } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  // A connection kept open for later would make the listener wait 5 s for it when the broker stops.
  const headers = { authorization, connection: 'close' };
  const response = await fetch(`${origin}/api/whoami`, { headers, signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.ok;
}

/**
 * Starts a private RabbitMQ on the data in `dir`, with the management and Prometheus plugins.
 * `extraConfig` are further lines of rabbitmq.conf, `advancedConfig` are Erlang terms for what has no line there. The admin
 * user of `amqpUrl` may do everything on the vhost `/`.
 */
export async function startRabbit({ dir, logDir = dir, ports, extraConfig = [], advancedConfig = '', signal } = {}) {
  const script = findRabbit();
  if (!script) throw new Error('no RabbitMQ server is installed');
  const home = join(dir, 'rabbitmq');
  for (const part of ['', 'mnesia', 'log']) mkdirSync(join(home, part), { recursive: true, mode: 0o700 });
  const log = join(logDir, 'rabbitmq.log');
  const { state, save } = openState(dir, 'rabbitmq');
  await endProcess(state.process, { graceMs: 30_000 });
  await endProcess(state.epmd);
  // The name is part of the data: it stays what it was when the folder moves.
  const nodeName =
    state.nodeName ?? `gs-${createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 12)}@localhost`;
  save({ nodeName, ports: { ...(await choosePorts(PORT_NAMES, state.ports)), ...ports } });
  const files = {
    'rabbitmq.conf': `${configuration(state.ports, state.password, extraConfig)}\n`,
    'rabbitmq-env.conf': '',
    'advanced.config': `[${advancedConfig}].\n`,
    enabled_plugins: '[rabbitmq_management,rabbitmq_prometheus].\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text, { mode: 0o600 });
  const env = environment(home, state.ports, nodeName);
  const login = `${RABBIT_ADMIN}:${state.password}@127.0.0.1`;
  const managementUrl = `http://${login}:${state.ports.management}`;

  /** Our own epmd: one started by the server would outlive it as a daemon that nobody knows. */
  const launchEpmd = () => {
    if (isAlive(state.epmd)) return;
    const args = ['-port', String(state.ports.epmd), '-address', '127.0.0.1'];
    save({ epmd: spawnDaemon(findEpmd(), args, { log, cwd: home, env }).identity });
  };

  return runnable({
    name: 'RabbitMQ',
    log,
    signal,
    launch: () => {
      launchEpmd();
      const daemon = spawnDaemon(script, [], { log, cwd: home, env });
      save({ process: daemon.identity });
      return daemon;
    },
    // A node that was killed a moment ago can still hold its name at epmd.
    launchAgainOn: /already running on "?localhost|eaddrinuse/,
    isReady: async () => (await answersAmqp(state.ports.amqp)) && answersManagement(managementUrl),
    end: (identity) => endProcess(identity, { graceMs: 30_000 }),
    afterStop: () => endProcess(state.epmd),
    facts: {
      ports: state.ports,
      dir: home,
      log,
      nodeName,
      amqpUrl: `amqp://${login}:${state.ports.amqp}`,
      managementUrl,
      metricsUrl: `http://127.0.0.1:${state.ports.prometheus}/metrics`,
    },
  });
}
