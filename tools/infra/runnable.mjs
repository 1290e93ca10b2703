import { setTimeout as pause } from 'node:timers/promises';
import { endProcess, send, waitGone } from '../process/daemon.mjs';
import { isAlive } from '../process/identity.mjs';
import { FinalError, waitUntil } from '../process/wait.mjs';

const KEEPS_RUNNING = new Set(['SIGSTOP', 'SIGCONT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']);

/**
 * A private server as one thing that can be killed and come back on the same data and ports, as the crash tests do.
 *
 * `launch` spawns the process, `isReady` asks whether it serves, `end` ends it gently, `afterStop` ends what it leaves behind.
 * `launchAgainOn` names complaints in the log that pass by themselves after a kill. Nothing is left running when the start
 * fails or is aborted.
 */
export async function runnable({
  name,
  log,
  launch,
  isReady,
  end,
  facts,
  signal,
  launchAgainOn,
  afterStop = () => {},
}) {
  let daemon;

  async function probe() {
    if (!daemon.hasEnded()) return isReady(daemon);
    const words = daemon.lastWords();
    if (!launchAgainOn?.test(words)) {
      const { error } = await daemon.exited;
      throw new FinalError(`${name} did not start: ${error?.message ?? `see ${log}\n${words}`}`);
    }
    daemon = await launch();
    return false;
  }

  async function start() {
    daemon = await launch();
    try {
      await waitUntil(`${name} answers`, probe, { deadlineMs: 90_000, everyMs: 30, signal });
    } catch (error) {
      await endProcess(daemon.identity);
      await afterStop();
      throw error;
    }
  }

  const server = {
    ...facts,
    name,
    get pid() {
      return daemon.pid;
    },
    /** Resolves with {code, signal} when the present process ends, for whatever reason. */
    get exited() {
      return daemon.exited;
    },
    isRunning: () => isAlive(daemon.identity),
    /** Sends any signal; waits for the end if it is one that ends a process. */
    async kill(signalName = 'SIGKILL') {
      const { identity, exited } = daemon;
      if (!send(identity, signalName) || KEEPS_RUNNING.has(signalName)) return;
      await waitGone(identity, 60_000);
      // Until we have taken note of its end its id is in use, and Postgres finds its lock file held.
      await Promise.race([exited, pause(5_000, null, { ref: false })]);
    },
    /** `discard` ends it at once, for data nobody will read again: RabbitMQ takes 6 s to stop by its rules. */
    async stop({ discard = false } = {}) {
      await (discard ? endProcess(daemon.identity, { signal: 'SIGKILL' }) : end(daemon.identity));
      await afterStop();
    },
    /** Starts it again on the same data and ports, after a kill; one that still runs is stopped first. */
    async restart() {
      await end(daemon.identity);
      await start();
      return server;
    },
  };

  await start();
  return server;
}
