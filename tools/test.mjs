import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { namedServers, startServers, wipeData } from './infra/index.mjs';
import { ensureChromium } from './infra/packages.mjs';
import { inLocal } from './paths.mjs';
import { endNoted } from './process/daemon.mjs';
import { claim, ownerOf } from './process/ownership.mjs';
import { bootstrap } from './setup/bootstrap.mjs';
import { onInterruption } from './setup/interruption.mjs';
import { say, step } from './setup/progress.mjs';
import { serverFolder, serverFolders } from './testing/server-folder.mjs';
import { TEST_SERVER_SETTINGS } from './testing/server-settings.mjs';
import { runJest, runToolTests } from './testing/suites.mjs';

/** Crash tests that are short and whose short form says much. */
const EVERY_TIME = ['crash-run', 'repeats', 'deleted-meanwhile', 'fuzz', 'mail-kills', 'mtt-kills', 'stats-counters'];

/**
 * In the order they run: what fails fastest comes first. `servers` need Postgres, RabbitMQ, Redis; `build` the built fleet;
 * `browser` Chromium.
 * `everyTime`: the files of a slow suite that every full run includes; `--only` runs all of them, one after the other where it
 * says `isAloneInFull`. `mayRepeat`: in a full run a few files that failed are run once more, by themselves (docs/adr/0012). What a kill
 * brought to light has happened, so those never are.
 */
const SUITES = {
  tools: { run: runToolTests },
  unit: { run: runJest, workers: 2, mayRepeat: true },
  // Half of it is waiting for servers: more files at a time than cores.
  integration: { run: runJest, servers: true, workers: 4, mayRepeat: true },
  // Each file has a fleet of its own, and waits for it as much as it works.
  e2e: { run: runJest, servers: true, build: true, browser: true, workers: 3, mayRepeat: true },
  // Short forms side by side; a full form measures, so it has the machine to itself.
  crash: {
    run: runJest,
    servers: true,
    build: true,
    workers: 2,
    isAloneInFull: true,
    everyTime: EVERY_TIME,
  },
};

const DAY_MS = 86_400_000;

/** `--only a,b` picks suites; everything else goes to jest. */
function parseArguments(args) {
  const at = args.indexOf('--only');
  if (at < 0) return { names: Object.keys(SUITES), rest: args, isWhole: args.length === 0 };
  const names = (args[at + 1] ?? '').split(',');
  const unknown = names.filter((name) => !SUITES[name]);
  if (unknown.length > 0) {
    process.stderr.write(`--only takes ${Object.keys(SUITES).join(', ')}, or several of them with commas\n`);
    process.exit(2);
  }
  return { names, rest: [...args.slice(0, at), ...args.slice(at + 2)], isWhole: false };
}

/** Ends what a run left running and removes its data; logs and reports stay for whoever looks into a failure. */
async function clearRun(dir) {
  await endNoted(join(dir, 'pids'), { signal: 'SIGKILL' });
  for (const folder of serverFolders(dir)) await wipeData(folder);
}

/** Runs that were killed left processes and data, runs that failed left logs: those go after a day. */
async function clearOldRuns(testDir) {
  const names = existsSync(testDir) ? readdirSync(testDir).filter((name) => /^run-\d+$/.test(name)) : [];
  for (const name of names.filter((name) => !ownerOf(join(testDir, `${name}.owner`)))) {
    const dir = join(testDir, name);
    await clearRun(dir);
    rmSync(join(testDir, `${name}.owner`), { force: true });
    if (Date.now() - statSync(dir).mtimeMs > DAY_MS) rmSync(dir, { recursive: true, force: true });
  }
}

/** Servers of this run alone, so that several runs, and `npm start`, go on side by side in one checkout. */
async function startTestServers(dir, signal) {
  const { TEST_DATABASE_URL, TEST_AMQP_URL, TEST_AMQP_MANAGEMENT_URL, TEST_REDIS_URL } = process.env;
  const named = namedServers({
    DATABASE_URL: TEST_DATABASE_URL,
    AMQP_URL: TEST_AMQP_URL,
    AMQP_MANAGEMENT_URL: TEST_AMQP_MANAGEMENT_URL,
    REDIS_URL: TEST_REDIS_URL,
  });
  return step('Postgres, RabbitMQ and Redis for the tests', (report) =>
    startServers({
      ...{ dir: serverFolder(dir), logDir: join(dir, 'log'), fresh: true },
      ...{ named, settings: TEST_SERVER_SETTINGS, report, signal },
    }),
  );
}

function summarise(results, dir) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  say();
  if (failed > 0) say(`logs of this run: ${join(dir, 'log')}`);
  for (const test of results.flatMap(({ unsteady = [] }) => unsteady)) say(`unsteady: ${test}`);
  for (const { name, ...counts } of results) {
    say(
      `${name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`,
    );
  }
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0 && passed > 0;
}

async function runSuites({ names, rest, isWhole }, dir, signal) {
  const suites = names.map((name) => ({
    name,
    ...SUITES[name],
    serial: !isWhole && SUITES[name].isAloneInFull,
    hasSecondTry: isWhole && SUITES[name].mayRepeat,
  }));
  const env = {
    ...process.env,
    GROUNDSWELL_PID_DIR: join(dir, 'pids'),
    TEST_DIR: dir,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  };
  const results = [];
  let servers;
  let isBuilt = false;
  try {
    for (const suite of suites) {
      if (suite.build && !isBuilt) {
        await step('build', () => buildAll({ signal }));
        isBuilt = true;
      }
      if (suite.servers && !servers) {
        servers = await startTestServers(dir, signal);
        env.TEST_DATABASE_URL = servers.databaseUrl;
        env.TEST_AMQP_URL = servers.amqpUrl;
        env.TEST_AMQP_MANAGEMENT_URL = servers.amqpManagementUrl;
        env.TEST_REDIS_URL = servers.redisUrl;
      }
      if (suite.browser) {
        const path = await step('Chromium', (report) => ensureChromium({ report, signal }));
        if (path) env.CHROMIUM_PATH = path;
      }
      const options = {
        env,
        rest: isWhole ? (suite.everyTime ?? []) : rest,
        dir,
        signal,
      };
      const result = await step(`${suite.name} tests`, () => suite.run(suite, options));
      results.push({ name: suite.name, ...result });
      signal.throwIfAborted();
    }
  } catch (error) {
    // A step that broke is a failure of its own, told above the totals; those still count what ran.
    if (error.name !== 'AbortError') say(`\n${error.stack}`);
    results.push({ name: signal.aborted ? 'interrupted' : 'set-up', passed: 0, failed: 1, skipped: 0 });
  } finally {
    await endNoted(join(dir, 'pids'), { signal: 'SIGKILL' });
    await servers?.stop({ discard: true });
  }
  return results;
}

async function main() {
  const signal = onInterruption();
  const chosen = parseArguments(process.argv.slice(2));
  await bootstrap({ signal });
  const testDir = inLocal('test');
  await clearOldRuns(testDir);
  const dir = join(testDir, `run-${process.pid}`);
  const release = claim(join(testDir, `run-${process.pid}.owner`), dir);
  mkdirSync(dir);
  const results = await runSuites(chosen, dir, signal);
  await clearRun(dir);
  const isGood = summarise(results, dir);
  // What was unsteady is for somebody to look into.
  if (isGood && results.every(({ unsteady = [] }) => unsteady.length === 0))
    rmSync(dir, { recursive: true, force: true });
  release();
  return signal.aborted ? signal.reason.exitCode : isGood ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  // Whoever reads the last line must never take a set-up that broke for a run without failures.
  say(`${error.stack}\n0 passed, 1 failed`);
  process.exit(1);
}
