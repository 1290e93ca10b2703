import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { endProcess, spawnDaemon } from '../process/daemon.mjs';
import { commandOf, identify, isAlive } from '../process/identity.mjs';
import { findPostgres } from './binaries.mjs';
import { choosePorts } from './ports.mjs';
import { runnable } from './runnable.mjs';
import { openState } from './server-state.mjs';

export const POSTGRES_ADMIN = 'groundswell_admin';

/** Durable on purpose: fsync and synchronous_commit stay on, since what is promised here is that nothing gets lost. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '256MB',
  max_connections: 200,
  max_wal_size: '2GB',
  fsync: 'on',
  synchronous_commit: 'on',
  log_line_prefix: '%m [%p] %u@%d ',
  timezone: 'UTC',
};

/** Postgres refuses to run as root: then it runs as `postgres`, or `nobody` where there is no such user. */
function serverUser() {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('running as root, and there is neither a user "postgres" nor "nobody" to run Postgres as');
}

const isOpenToOthers = (dir) => {
  for (let at = resolve(dir); ; at = dirname(at)) {
    if (existsSync(at) && !(statSync(at).mode & 0o001)) return false;
    if (at === dirname(at)) return true;
  }
};

/** Where the data goes: in `dir`, or outside the checkout when another uid could not reach it there (/root is closed). */
export function postgresDataDir(dir) {
  if (!serverUser() || isOpenToOthers(dir)) return join(dir, 'postgres');
  const hash = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 12);
  return join('/var/tmp', `groundswell-${hash}`, 'postgres');
}

function initialise(bin, data, user, password) {
  const home = dirname(data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (home.startsWith('/var/tmp/')) chmodSync(home, 0o711);
  const passwordFile = join(data, '..', '.postgres-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid);
  // C.UTF-8 lowers and compares beyond ASCII without depending on which locales are installed.
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  const args = ['-D', data, '-U', POSTGRES_ADMIN, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  args.push('--encoding=UTF8', `--locale=${locale}`, '--no-instructions');
  const result = spawnSync(join(bin, 'initdb'), args, {
    ...user,
    cwd: data,
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new Error(`initdb failed: ${result.error?.message ?? result.stderr}`);
  }
}

/** Postgres' own pid file: line 1 pid, line 4 port, line 8 state. Null when there is none. */
function readPostmaster(data) {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return null;
  }
}

/** Ends whatever still runs on this data, and removes a pid file whose pid by now belongs to another program. */
async function clearLeftOver(data, noted) {
  const postmaster = readPostmaster(data);
  if (isAlive(noted)) await endProcess(noted, { signal: 'SIGINT', graceMs: 20_000 });
  if (!postmaster) return;
  if (commandOf(postmaster.pid).includes(data))
    await endProcess(identify(postmaster.pid), { signal: 'SIGINT', graceMs: 20_000 });
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

/**
 * Starts a private Postgres on the data in `dir`, creating it when new.
 * `url` opens the database `postgres` as superuser `groundswell_admin`; roles made later need their own passwords too.
 */
export async function startPostgres({ dir, logDir = dir, ports, settings = {}, signal } = {}) {
  const bin = findPostgres();
  if (!bin) throw new Error('no Postgres server is installed');
  mkdirSync(dir, { recursive: true });
  const data = postgresDataDir(dir);
  const user = serverUser();
  const log = join(logDir, 'postgres.log');
  const { state, save } = openState(dir, 'postgres');
  await clearLeftOver(data, state.process);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(bin, data, user, state.password);
  save({ ports: ports ?? (await choosePorts(['postgres'], state.ports)) });
  const options = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const port = state.ports.postgres;

  return runnable({
    name: 'Postgres',
    log,
    signal,
    launch: () => {
      const args = ['-D', data, '-p', String(port), ...options];
      const env = { PATH: process.env.PATH, LC_ALL: 'C' };
      const daemon = spawnDaemon(join(bin, 'postgres'), args, { log, cwd: data, env, ...user });
      save({ process: daemon.identity });
      return daemon;
    },
    // Backends of a killed server end within moments of it; until then a new one refuses the same data.
    launchAgainOn: /pre-existing shared memory/,
    isReady: (daemon) => {
      const postmaster = readPostmaster(data);
      return postmaster?.pid === daemon.pid && postmaster.isReady;
    },
    // SIGINT is Postgres' "fast" shutdown: it ends sessions instead of waiting for clients to leave.
    end: (identity) => endProcess(identity, { signal: 'SIGINT', graceMs: 20_000 }),
    facts: { port, dir: data, log, url: `postgres://${POSTGRES_ADMIN}:${state.password}@127.0.0.1:${port}/postgres` },
  });
}
