import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find(isExecutable) ?? null;

/** Children of a folder whose names start with `prefix`, newest version first. */
function versionsIn(dir, prefix = '') {
  try {
    return readdirSync(dir)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => join(dir, name));
  } catch {
    return [];
  }
}

/** Folder with `postgres` and `initdb`. Debian keeps them off PATH, one folder per version. */
export function findPostgres() {
  const found = onPath('postgres');
  const candidates = [
    ...versionsIn('/usr/lib/postgresql').map((dir) => join(dir, 'bin')),
    ...versionsIn('/usr')
      .filter((dir) => dir.startsWith('/usr/pgsql-'))
      .map((dir) => join(dir, 'bin')),
    ...versionsIn('/opt/homebrew/opt', 'postgresql').map((dir) => join(dir, 'bin')),
    ...versionsIn('/usr/local/opt', 'postgresql').map((dir) => join(dir, 'bin')),
    ...(found ? [join(realpathSync(found), '..')] : []),
  ];
  return candidates.find((dir) => isExecutable(join(dir, 'postgres')) && isExecutable(join(dir, 'initdb'))) ?? null;
}

/** The server script itself. The wrapper that Debian puts on PATH insists on the system's user and folders. */
export function findRabbit() {
  const homes = [
    ...versionsIn('/usr/lib/rabbitmq/lib', 'rabbitmq_server'),
    ...versionsIn('/usr/local/lib/rabbitmq/lib', 'rabbitmq_server'),
    '/opt/rabbitmq',
    '/opt/homebrew/opt/rabbitmq',
    '/usr/local/opt/rabbitmq',
  ];
  const script = homes.map((home) => join(home, 'sbin', 'rabbitmq-server')).find(isExecutable);
  return script && findEpmd() ? script : null;
}

/** Erlang's port mapper. Some packages keep it only inside the runtime's own folder. */
export function findEpmd() {
  const inside = ['/usr/lib/erlang', '/usr/local/lib/erlang', '/opt/homebrew/lib/erlang'].flatMap((home) =>
    versionsIn(home, 'erts-').map((dir) => join(dir, 'bin', 'epmd')),
  );
  return onPath('epmd') ?? inside.find(isExecutable) ?? null;
}

export const findRedis = () => onPath('redis-server') ?? onPath('valkey-server');
export const findProgram = onPath;
