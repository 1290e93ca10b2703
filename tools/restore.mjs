import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { settleRestored } from './backup/after-restore.mjs';
import { clientProgram, connectionEnv } from './backup/client-programs.mjs';
import { describeServer, withDatabase, withDatabaseName } from './backup/database.mjs';
import { DUMP, readBackup } from './backup/manifest.mjs';
import { inDist } from './paths.mjs';
import { runCommand } from './setup/command.mjs';

/*
 * Brings a backup of tools/backup.mjs into a database that holds nothing yet: docs/backup.md.
 */
const USAGE = `usage:
  node tools/restore.mjs --from FOLDER [--create] [--jobs N] [--send-mails]
  node tools/restore.mjs --settle-only --at TIME [--send-mails]
    --from        a backup of tools/backup.mjs
    --settle-only what follows the restore, for a database that was recovered in another way, as of --at (as 2026-05-04T03:02:01Z)
    --create      make the database that MIGRATION_DATABASE_URL names
    --jobs        tables restored at once, 2 unless given
    --send-mails  mails that waited at the time of the backup are sent. Without it each of them is for a person to decide: they may
                  have been sent since
variables: MIGRATION_DATABASE_URL (the owner's login to the database to restore into) and the GS_…_PASSWORD of the migration
programs: pg_restore of the dump's version or later, from PG_BIN or PATH; built programs (npm run build)`;

const MOST_JOBS = 64;

class UsageError extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      create: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '2' },
      'send-mails': { type: 'boolean', default: false },
      'settle-only': { type: 'boolean', default: false },
      at: { type: 'string' },
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MOST_JOBS) throw new UsageError(`--jobs: 1 to ${MOST_JOBS}`);
  if (values['settle-only'] === Boolean(values.from)) throw new UsageError('--from a backup, or --settle-only');
  if (values['settle-only'] && Number.isNaN(Date.parse(values.at ?? '')))
    throw new UsageError('--at: as of when is this database?');
  const url = process.env.MIGRATION_DATABASE_URL;
  if (!url) throw new UsageError('set MIGRATION_DATABASE_URL');
  const at = values.at && new Date(values.at).toISOString();
  return { from: values.from, at, url, jobs, creates: values.create, holdsMails: !values['send-mails'] };
}

/** `node migrate.js [what]`, which says a bad or missing password itself. */
const migrate = (url, signal, ...what) =>
  runCommand(process.execPath, [inDist('libs', 'persistence', 'migrate.js'), ...what], {
    env: { ...process.env, MIGRATION_DATABASE_URL: url },
    signal,
  });

const linesOf = (text) => text.split('\n').filter(Boolean);

async function createDatabase(url, { encoding }) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const quoted = `"${name.replaceAll('"', '""')}"`;
  await withDatabase(withDatabaseName(url, 'postgres'), (query) =>
    query(`create database ${quoted} encoding '${encoding.replaceAll("'", '')}' template template0`),
  );
}

/** What speaks against it, before anything is touched. */
async function checkTarget(query, manifest, schemas) {
  const server = await describeServer(query);
  if (server.major < manifest.server.major) {
    throw new Error(`the backup is of Postgres ${manifest.server.major}, this server is ${server.major}`);
  }
  const [{ taken }] = await query(
    `select array(select nspname::text from pg_namespace where nspname = any($1))
            || array(select 'table public.schema_migrations' where to_regclass('public.schema_migrations') is not null) as taken`,
    [schemas],
  );
  if (taken.length > 0) throw new Error(`this database is not empty: ${taken.join(', ')}`);
  return server;
}

/** Returns `{manifest, at, jumped, held}`. */
export async function restoreBackup({
  from,
  url,
  jobs = 2,
  creates = false,
  holdsMails = true,
  signal,
  report = () => {},
}) {
  const folder = resolve(from);
  const manifest = await readBackup(folder);
  const known = linesOf(await migrate(url, signal, 'list'));
  const newer = manifest.migrations.filter((name) => !known.includes(name));
  if (newer.length > 0)
    throw new Error(`the backup is of a later release than ${manifest.release}: ${newer.join(', ')}`);
  const schemas = linesOf(await migrate(url, signal, 'schemas'));
  if (creates) await createDatabase(url, manifest.server);
  const server = await withDatabase(url, (query) => checkTarget(query, manifest, schemas));
  const program = clientProgram('pg_restore', Math.max(manifest.pgDump, server.major));
  report('roles');
  await migrate(url, signal, 'roles');
  report('data');
  const env = { PATH: process.env.PATH, ...connectionEnv(url) };
  const args = ['--exit-on-error', '--no-owner', `--jobs=${jobs}`, `--dbname=${env.PGDATABASE}`, join(folder, DUMP)];
  await runCommand(program.path, args, { env, signal });
  report('migrations');
  await migrate(url, signal);
  report('what happened since');
  const settled = await settleDatabase({ url, at: manifest.startedAt, holdsMails, signal });
  await withDatabase(url, (query) => query('analyze'));
  return { manifest, ...settled };
}

/** For a database that is as of `at` (ISO 8601) already. Returns `{at, jumped, held}`. */
export async function settleDatabase({ url, at, holdsMails = true, signal }) {
  const schemas = linesOf(await migrate(url, signal, 'schemas'));
  const settled = await withDatabase(url, (query) => settleRestored(query, { schemas, backupAt: at, holdsMails }));
  return { at, ...settled };
}

function summaryOf({ at, jumped, held }) {
  const lines = [
    `settled: as of ${at}`,
    `${jumped} sequences jumped ahead, so that no id of the time since is given away again`,
  ];
  if (held) {
    lines.push(
      `${held.mails} mails are of unknown end now (node dist/tools/mails.js list), ${held.mailings} mailings are stopped`,
    );
    lines.push(
      `mail to targets is paused in ${held.campaigns.length} campaigns${held.campaigns.length > 0 ? `: ${held.campaigns.join(', ')}` : ''}`,
    );
  }
  lines.push(
    'next: empty Redis, start the fleet, run node dist/tools/doctor.js, repeat erasures made since (docs/backup.md)',
  );
  return lines.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const report = (text) => process.stderr.write(`${text}\n`);
    const options = readOptions();
    const done = options.from ? await restoreBackup({ ...options, report }) : await settleDatabase(options);
    process.stdout.write(`${summaryOf(done)}\n`);
  } catch (error) {
    const isUsage = error instanceof UsageError || error.code?.startsWith?.('ERR_PARSE_ARGS');
    process.stderr.write(`${error.message}\n${isUsage ? `${USAGE}\n` : ''}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
