import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inLocal } from './paths.mjs';
import { readJson } from './process/json-file.mjs';
import { OwnedError, claim, ownerOf } from './process/ownership.mjs';
import { bootstrap } from './setup/bootstrap.mjs';
import { onInterruption } from './setup/interruption.mjs';
import { alsoSay, say } from './setup/progress.mjs';

const USAGE = `npm start -- [options]
  --fresh     begin with an empty .local (all data of earlier runs is gone)
  --detach    return when ready; npm stop ends it
  --no-demo   seed the demo campaign but send no signatures
  --no-seed   neither demo campaign nor signatures
  --watch     rebuild and restart services when their sources change`;

function readFlags() {
  const names = ['fresh', 'detach', 'no-demo', 'no-seed', 'watch', 'help'];
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false }])),
    });
    return { ...values, demo: !values['no-demo'], seed: !values['no-seed'] };
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    return process.exit(2);
  }
}

function sayRunning(owner) {
  const gateway = readJson(inLocal('run.json'))?.gateway;
  say(
    gateway
      ? `already running: ${gateway} (npm stop ends it)`
      : `already starting, as process ${owner.pid} (npm stop ends it)`,
  );
}

/** Owns the fleet from here to its end. Returns the exit code: being stopped once ready is a good end. */
async function own(flags, signal, release) {
  const { tellStarter } = await import('./start/detach.mjs');
  const { runFleet } = await import('./start/run-fleet.mjs');
  alsoSay((line) => tellStarter({ line }));
  let isReady = false;
  try {
    const onReady = () => {
      isReady = true;
      tellStarter({ isReady });
      if (process.connected) process.disconnect();
    };
    await runFleet(flags, signal, { onReady });
    say('stopped');
    return 0;
  } catch (error) {
    if (isReady && signal.aborted) return 0;
    if (!signal.aborted) say(`\n${error.message}`);
    return signal.aborted ? signal.reason.exitCode : 1;
  } finally {
    release();
  }
}

async function main() {
  const flags = readFlags();
  if (flags.help) return say(USAGE);
  const signal = onInterruption();
  const lock = inLocal('start.lock');
  const owner = ownerOf(lock);
  if (owner) return sayRunning(owner);
  await bootstrap({ signal });
  if (flags.detach) {
    const { startDetached } = await import('./start/detach.mjs');
    return startDetached(
      fileURLToPath(import.meta.url),
      process.argv.slice(2).filter((flag) => flag !== '--detach'),
      signal,
    );
  }
  try {
    return await own(flags, signal, claim(lock, 'this fleet'));
  } catch (error) {
    if (!(error instanceof OwnedError)) throw error;
    return sayRunning(error.owner);
  }
}

process.exitCode = (await main()) ?? 0;
process.exit();
