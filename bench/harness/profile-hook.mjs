import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

/**
 * Loaded into a service by `--import` (harness/profile.mjs): SIGWINCH starts the CPU profiler, the next one writes what it saw
 * to BENCH_PROFILE_FILE. That signal, since Nest stops an app at SIGUSR2 and Node opens a port at SIGUSR1. Unlike --cpu-prof
 * this leaves out the start of the process, and Node 20 takes it in NODE_OPTIONS.
 */
const session = new Session();
let isRunning = false;

async function toggle() {
  if (!isRunning) {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
    isRunning = true;
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  isRunning = false;
  await writeFile(process.env.BENCH_PROFILE_FILE, JSON.stringify(profile));
}

process.on('SIGWINCH', () => {
  toggle().catch((error) => process.stderr.write(`profile: ${error.stack}\n`));
});
