import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian keeps the programs of each version. */
const DEBIAN = '/usr/lib/postgresql';

const foldersOf = (env) => [
  ...(env.PG_BIN ? [env.PG_BIN] : []),
  ...(env.PATH ?? '').split(delimiter).filter(Boolean),
  ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin')) : []),
];

/** `pg_dump (PostgreSQL) 15.14 (Debian …)` → 15; null for what is no such answer. */
export const majorOf = (answer) => Number(/\(PostgreSQL\) (\d+)/.exec(answer)?.[1]) || null;

function versionOf(program) {
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? majorOf(stdout) : null;
}

/**
 * `pg_dump` or `pg_restore` for a server of this major version: the same one where there is one, else the oldest that is newer. An
 * older program refuses a newer server. `{path, major}`; throws with what was found.
 */
export function clientProgram(name, serverMajor, env = process.env) {
  const found = foldersOf(env)
    .map((folder) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, major: versionOf(path) }))
    .filter(({ major }) => major !== null);
  const fitting = found.filter(({ major }) => major >= serverMajor).sort((a, b) => a.major - b.major);
  if (fitting[0]) return fitting[0];
  const others = found.map(({ path, major }) => `${path} (${major})`).join(', ');
  throw new Error(
    `no ${name} for Postgres ${serverMajor}: ${others ? `found only ${others}` : 'none is installed'}.\n` +
      `Install the Debian package postgresql-client-${serverMajor}, or name a folder in PG_BIN`,
  );
}

/** Variables by which Postgres' programs find the server of a URL. Not arguments: those are seen by every process of the machine. */
export function connectionEnv(url) {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const named = {
    PGHOST: searchParams.get('host') ?? decodeURIComponent(hostname.replace(/^\[|\]$/g, '')),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode'),
    PGSSLROOTCERT: searchParams.get('sslrootcert'),
    PGSSLCERT: searchParams.get('sslcert'),
    PGSSLKEY: searchParams.get('sslkey'),
    PGCONNECT_TIMEOUT: '10',
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value));
}
