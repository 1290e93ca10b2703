import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { buildAll } from '../../tools/build.mjs';
import { bundle } from '../../tools/build/bundle.mjs';
import { extraPrograms } from '../../tools/build/programs.mjs';
import { inheritedEnv, loadSecrets, migrationEnv } from '../../tools/fleet.mjs';
import { findPostgres } from '../../tools/infra/binaries.mjs';
import { ensureDatabase } from '../../tools/infra/database.mjs';
import { startServers, wipeData } from '../../tools/infra/index.mjs';
import { inDist, inLocal, root } from '../../tools/paths.mjs';
import { runCommand } from '../../tools/setup/command.mjs';
import { step } from '../../tools/setup/progress.mjs';
import { machineBusyShare } from './cpu.mjs';
import { connectTo, databaseNamed } from './database.mjs';
import { stopCounting } from './statements.mjs';

export const benchDir = (...parts) => inLocal('bench', ...parts);
export const logDir = benchDir('log');

/** Postgres' own statistics per statement, where the module is installed (harness/statements.mjs switches the counting). */
function statementStatistics() {
  const bin = findPostgres();
  const libraries = bin ? [join(bin, '..', 'lib'), join(bin, '..', 'lib', 'postgresql')] : [];
  if (!libraries.some((dir) => existsSync(join(dir, 'pg_stat_statements.so')))) return {};
  return { shared_preload_libraries: 'pg_stat_statements' };
}

async function build({ isBuilt, hasProduct }, signal) {
  if (isBuilt) return;
  if (hasProduct) await buildAll({ signal, log: benchDir('log', 'build.log') });
  else await bundle(extraPrograms());
}

/** Migrates the product's database and copies it, still empty, for the floors. */
async function prepareDatabases(infra, secrets, signal) {
  infra.databaseUrl = await ensureDatabase(infra.databaseUrl);
  infra.floorDatabaseUrl = databaseNamed(infra.databaseUrl, 'bench_floor');
  const env = { ...inheritedEnv(), ...migrationEnv(infra, secrets) };
  await runCommand(process.execPath, [inDist('libs', 'persistence', 'migrate.js')], { env, signal });
  const admin = await connectTo(databaseNamed(infra.databaseUrl, 'postgres'));
  await stopCounting(admin);
  await admin.query(`create database bench_floor template ${new URL(infra.databaseUrl).pathname.slice(1)}`);
  await admin.end();
}

/** Private servers with durable settings, empty, and two equal databases. `stop()` ends and forgets all of it. */
export async function startEnvironment(options, signal) {
  const settings = { postgres: { settings: statementStatistics() } };
  const infra = await step('private Postgres, RabbitMQ, Redis', (report) =>
    startServers({ dir: benchDir('servers'), logDir, fresh: true, named: {}, settings, report, signal }),
  );
  const stop = async () => {
    await infra.stop({ discard: true });
    await wipeData(benchDir('servers'));
  };
  try {
    const secrets = loadSecrets(benchDir());
    await step('build', () => build(options, signal));
    await step('databases', () => prepareDatabases(infra, secrets, signal));
    return { infra, secrets, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';

/** Where figures were measured: without it they say nothing. */
export async function describeMachine(infra, productSide) {
  const database = await connectTo(infra.databaseUrl);
  const show = async (name) => (await database.query(`show ${name}`)).rows[0][name];
  const postgres = {
    version: (await show('server_version')).split(' ')[0],
    fsync: await show('fsync'),
    synchronous_commit: await show('synchronous_commit'),
    wal_sync_method: await show('wal_sync_method'),
    shared_buffers: await show('shared_buffers'),
  };
  await database.end();
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    postgres,
    ...(await productSide.version()),
    busyBefore: await machineBusyShare(),
    commit: git('rev-parse', '--short', 'HEAD'),
    hasLocalChanges: git('status', '--porcelain') !== '',
  };
}
