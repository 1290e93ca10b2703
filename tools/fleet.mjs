import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findFreePort } from './infra/ports.mjs';
import { nodeFlags, processVariables } from './launching.mjs';
import { inDist, inLocal, root } from './paths.mjs';
import { endProcess, send, spawnDaemon, waitGone } from './process/daemon.mjs';
import { isAlive } from './process/identity.mjs';
import { readJson, writeJson } from './process/json-file.mjs';
import { FinalError, waitUntil } from './process/wait.mjs';
import { brokerVariable, roleVariable } from './secret-names.mjs';

/**
 * The services in the order they start; they stop in reverse, so nothing is accepted that nobody would take.
 * `brokerUser` null means the broker's administrator: topology-service declares everything and creates the other users.
 */
export const fleet = [
  { name: 'topology-service', databaseRole: 'gs_topology', brokerUser: null },
  { name: 'action-ingest', databaseRole: 'gs_ingest', brokerUser: 'ingest' },
  { name: 'notify-service', databaseRole: 'gs_notify', brokerUser: 'notify' },
  { name: 'email-delivery', databaseRole: 'gs_mail', brokerUser: 'mail' },
  { name: 'stats-service', databaseRole: 'gs_stats', brokerUser: 'stats' },
  { name: 'mtt-service', databaseRole: 'gs_mtt', brokerUser: 'mtt' },
  { name: 'crm-forwarder', databaseRole: 'gs_forwarder', brokerUser: 'forwarder' },
  { name: 'api-gateway', databaseRole: 'gs_gateway', brokerUser: 'gateway', preferredPort: 4000 },
];

/** Services that keep objects: uploads, attachments, exports, reports. */
const keepsObjects = new Set(['api-gateway', 'action-ingest', 'stats-service', 'notify-service']);

/** Seed of contact references for demos and tests; a deployment sets its own FINGERPRINT_SEED. */
export const DEVELOPMENT_FINGERPRINT_SEED = '4xFc6MsafPEwc6ME';

function memberOf(name) {
  const member = fleet.find((one) => one.name === name);
  if (!member) throw new Error(`no service "${name}" in tools/fleet.mjs`);
  return member;
}

/**
 * Passwords and keys of a development fleet, made once and kept in `<dir>/secrets.json`: what is in the database was encrypted
 * with them. Adding a name later only adds its secret.
 */
export function loadSecrets(dir = inLocal()) {
  const file = join(dir, 'secrets.json');
  const kept = readJson(file) ?? {};
  const password = () => randomBytes(18).toString('base64url');
  const fill = (variables, known = {}) =>
    Object.fromEntries(Object.keys(variables).map((name) => [name, known[name] ?? password()]));
  const secrets = {
    roles: fill(roleVariable, kept.roles),
    broker: fill(brokerVariable, kept.broker),
    envelopeKey: kept.envelopeKey ?? randomBytes(32).toString('base64url'),
    objectStoreKey: kept.objectStoreKey ?? { id: randomBytes(10).toString('hex'), secret: password() },
  };
  if (JSON.stringify(secrets) !== JSON.stringify(kept)) writeJson(file, secrets);
  return secrets;
}

function withLogin(url, user, password) {
  const copy = new URL(url);
  copy.username = user;
  copy.password = password;
  return copy.href;
}

const passwordVariables = (variables, passwords) =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [variable, passwords[name]]));

/** What the migration needs: the owner's connection and the passwords it gives to the services' roles. */
export const migrationEnv = (infra, secrets) => ({
  MIGRATION_DATABASE_URL: infra.databaseUrl,
  ...passwordVariables(roleVariable, secrets.roles),
});

/**
 * All variables a service gets, except PORT. `infra` is `{databaseUrl, amqpUrl, amqpManagementUrl, redisUrl}`: the owner's
 * connections, of which a service sees its own login only; and `objectStore`, variables of an object store, where there is one.
 */
export function serviceEnv(name, infra, secrets) {
  const { databaseRole, brokerUser } = memberOf(name);
  const broker = brokerUser
    ? { AMQP_URL: withLogin(infra.amqpUrl, brokerUser, secrets.broker[brokerUser]) }
    : {
        AMQP_URL: infra.amqpUrl,
        AMQP_MANAGEMENT_URL: infra.amqpManagementUrl,
        ...passwordVariables(brokerVariable, secrets.broker),
      };
  return {
    DATABASE_URL: withLogin(infra.databaseUrl, databaseRole, secrets.roles[databaseRole]),
    ...broker,
    REDIS_URL: infra.redisUrl,
    FINGERPRINT_SEED: process.env.FINGERPRINT_SEED ?? DEVELOPMENT_FINGERPRINT_SEED,
    ENVELOPE_KEY: process.env.ENVELOPE_KEY ?? secrets.envelopeKey,
    HOST: '127.0.0.1',
    ...processVariables(name),
    ...(keepsObjects.has(name) && infra.objectStore),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    NODE_ENV: 'development',
  };
}

const OURS_ALONE =
  /^(npm_|JEST_|TEST_|GROUNDSWELL_|AMQP_|BROKER_|GS_|MIGRATION_)|^(NODE_OPTIONS|NODE_ENV|DATABASE_URL|REDIS_URL|PORT|HOST)$/;

/** The caller's environment (a service setting given to `npm start` reaches the service) without what is about the tools. */
export const inheritedEnv = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS_ALONE.test(name)));

/**
 * Starts one service as its own process; it is up once `ready()` resolves. `env` is what serviceEnv returned, changed at will.
 * Several of one name are told apart by `as`, which names log and pid file. After a kill, `restart()` brings it back on the
 * same port with the same environment, or with changes to it.
 */
export async function startService(name, { env, logDir = inLocal('log'), pidDir, port, as = name } = {}) {
  memberOf(name);
  const program = inDist('apps', name, 'main.js');
  const log = join(logDir, `${as}.log`);
  const listenOn = port ?? (await findFreePort());
  let settings = { ...inheritedEnv(), ...env, PORT: String(listenOn) };
  let daemon;

  const launch = () => {
    daemon = spawnDaemon(process.execPath, [...nodeFlags(name), program], {
      log,
      cwd: root,
      env: settings,
      pidFile: pidDir && join(pidDir, `${as}.json`),
    });
  };
  const service = {
    name,
    as,
    port: listenOn,
    url: `http://127.0.0.1:${listenOn}`,
    log,
    get pid() {
      return daemon.pid;
    },
    /** Resolves with {code, signal} when the present process ends. */
    get exited() {
      return daemon.exited;
    },
    isRunning: () => isAlive(daemon.identity),
    /** Waits for `GET /ready` to answer 200; fails at once when the process ends instead. */
    ready: ({ deadlineMs = 30_000, signal } = {}) => {
      const isReady = async () => {
        if (daemon.hasEnded())
          throw new FinalError(`${as} ended before it was ready, see ${log}:\n${daemon.lastWords()}`);
        return (await fetch(`${service.url}/ready`, { signal: AbortSignal.timeout(2000) })).status === 200;
      };
      return waitUntil(`${as} is ready (see ${log})`, isReady, { deadlineMs, everyMs: 50, signal });
    },
    /** Sends any signal; waits for the end unless the process only pauses by it. */
    async kill(signalName = 'SIGKILL') {
      const identity = daemon.identity;
      const sent = send(identity, signalName);
      if (sent && signalName !== 'SIGSTOP' && signalName !== 'SIGCONT') await waitGone(identity, 30_000);
    },
    /** Ends it gently; 'killed' when it took longer than `graceMs`. */
    stop: ({ graceMs = 20_000 } = {}) => endProcess(daemon.identity, { graceMs }),
    /** While a restart is going on, the promise of its end; null otherwise. Such an end of the process is no accident. */
    restarting: null,
    restart(changes = {}) {
      const work = async () => {
        await endProcess(daemon.identity, { graceMs: 20_000 });
        settings = { ...settings, ...changes };
        launch();
        return service;
      };
      service.restarting = work().finally(() => (service.restarting = null));
      return service.restarting;
    },
  };
  launch();
  return service;
}
