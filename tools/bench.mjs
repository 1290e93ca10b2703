import { USAGE, readOptions } from '../bench/harness/options.mjs';
import { inLocal } from './paths.mjs';
import { claim } from './process/ownership.mjs';
import { bootstrap } from './setup/bootstrap.mjs';
import { onInterruption } from './setup/interruption.mjs';
import { say } from './setup/progress.mjs';

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    return process.exit(2);
  }
}

async function main() {
  const options = optionsOrExit();
  if (options.isHelp) return say(USAGE);
  const signal = onInterruption();
  await bootstrap({ signal });
  const release = claim(inLocal('bench.lock'), 'the bench');
  try {
    const { runBench } = await import('../bench/run.mjs');
    await runBench(options, signal);
    return 0;
  } catch (error) {
    if (!signal.aborted) process.stderr.write(`\n${error.stack}\n`);
    return signal.aborted ? signal.reason.exitCode : 1;
  } finally {
    release();
  }
}

process.exitCode = (await main()) ?? 0;
process.exit();
