import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clientProgram, connectionEnv } from './backup/client-programs.mjs';
import { describeServer, migrationsOf, withDatabase } from './backup/database.mjs';
import { DUMP, writeManifest } from './backup/manifest.mjs';
import { inLocal, inRoot } from './paths.mjs';
import { readJson } from './process/json-file.mjs';
import { runCommand } from './setup/command.mjs';

/*
 * A backup of the database, as Postgres' own programs make it, with a manifest by which restore.mjs knows what it is: docs/backup.md.
 */
const USAGE = `usage:
  node tools/backup.mjs [--out FOLDER] [--jobs N]
    --out    a folder that does not exist yet; backups/<database>-<time> unless given
    --jobs   tables dumped at once, 1 unless given
database: DATABASE_URL (the owner's login, or one that may read everything), else that of a running npm start
programs: pg_dump and pg_restore of the server's version or later, from PG_BIN or PATH`;

/** A table that somebody alters is waited for no longer than that. */
const LOCK_WAIT = '30s';
const MOST_JOBS = 64;

class UsageError extends Error {}

function readOptions() {
  const { values } = parseArgs({ options: { out: { type: 'string' }, jobs: { type: 'string', default: '1' } } });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MOST_JOBS) throw new UsageError(`--jobs: 1 to ${MOST_JOBS}`);
  const url = process.env.DATABASE_URL || readJson(inLocal('run.json'))?.databaseUrl;
  if (!url) throw new UsageError('set DATABASE_URL, or start the fleet with npm start');
  return { url, jobs, out: values.out };
}

const release = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).version;

/** Makes the backup and returns `{folder, manifest}`. Nothing is left in `out` when it fails. */
export async function backUp({ url, out, jobs = 1, signal }) {
  const facts = await withDatabase(url, async (query) => {
    const migrations = await migrationsOf(query);
    if (!migrations) throw new Error('this database holds no Groundswell schema');
    const [{ name, at }] = await query('select current_database() as name, now() as at');
    return { name, at, server: await describeServer(query), migrations };
  });
  const dump = clientProgram('pg_dump', facts.server.major);
  const restore = clientProgram('pg_restore', dump.major);
  const stamp = facts.at.toISOString().replace(/[-:]|\.\d+/g, '');
  const folder = resolve(out ?? join('backups', `${facts.name}-${stamp}`));
  if (existsSync(folder)) throw new Error(`${folder} exists already`);
  const draft = `${folder}.partial`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    const parallel = jobs > 1 ? ['--format=directory', `--jobs=${jobs}`] : ['--format=custom'];
    const env = { PATH: process.env.PATH, ...connectionEnv(url) };
    const args = [...parallel, `--lock-wait-timeout=${LOCK_WAIT}`, `--file=${join(draft, DUMP)}`];
    await runCommand(dump.path, args, { env, signal });
    // Reads its table of contents: a dump that cannot be listed cannot be restored.
    await runCommand(restore.path, ['--list', join(draft, DUMP)], { env: { PATH: process.env.PATH }, signal });
    const manifest = await writeManifest(draft, {
      startedAt: facts.at.toISOString(),
      finishedAt: new Date().toISOString(),
      database: facts.name,
      server: facts.server,
      pgDump: dump.major,
      migrations: facts.migrations,
      release: release(),
    });
    renameSync(draft, folder);
    return { folder, manifest };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

const bytesOf = ({ files }) => Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { folder, manifest } = await backUp(readOptions());
    const mebibytes = (bytesOf(manifest) / 1024 ** 2).toFixed(1);
    process.stdout.write(`${folder}: ${mebibytes} MiB, as of ${manifest.startedAt}\n`);
    process.stdout.write('to be kept as well: ENVELOPE_KEY, FINGERPRINT_SEED and the object store (docs/backup.md)\n');
  } catch (error) {
    const isUsage = error instanceof UsageError || error.code?.startsWith?.('ERR_PARSE_ARGS');
    process.stderr.write(`${error.message}\n${isUsage ? `${USAGE}\n` : ''}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
