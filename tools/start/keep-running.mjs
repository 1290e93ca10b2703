import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../setup/progress.mjs';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Five ends within two minutes: with pauses of 0.5, 1, 2, 4 s something is wrong that starting again does not cure. */
const MOST_ENDS = 5;
const WINDOW_MS = 120_000;

/** Resolves when `signal` aborts. */
const aborted = (signal) =>
  signal.aborted
    ? Promise.resolve('aborted')
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted'), { once: true }));

const describe = ({ code, signal }) => (signal ? `was ended by ${signal}` : `ended with code ${code}`);

/**
 * Starts a service or server again whenever it ends unasked, until `signal` aborts or it keeps failing. `onRestart` is told after
 * each that worked. Resolves when nothing of it is going on any more, so that whoever stops the fleet meets no late start.
 */
export async function keepRunning(one, { signal, onRestart }) {
  const name = one.as ?? one.name;
  let ends = [];
  const stopping = aborted(signal);
  while (!signal.aborted) {
    const end = await Promise.race([one.exited, stopping]);
    if (end === 'aborted') return;
    // Somebody else's restart (a rebuild) is no accident; whether it worked shows in what runs now.
    await one.restarting?.catch(() => {});
    if (one.isRunning()) continue;
    ends = [...ends.filter((at) => Date.now() - at < WINDOW_MS), Date.now()];
    if (ends.length > MOST_ENDS) {
      say(`${name} ${describe(end)} ${ends.length} times in a row and stays down; see ${one.log}`);
      return;
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (ends.length - 1), LONGEST_PAUSE_MS);
    say(`${name} ${describe(end)}; starting it again in ${pauseMs / 1000} s (log: ${one.log})`);
    try {
      await sleep(pauseMs, undefined, { signal });
      await one.restart();
      await one.ready?.({ signal, deadlineMs: 60_000 });
      await onRestart();
      say(`${name} is back`);
    } catch (error) {
      // What went wrong shows at the next turn of the loop: the process has ended, or it runs on and gets ready later.
      if (!signal.aborted) say(`${name}: ${error.message.split('\n')[0]}`);
    }
  }
}
