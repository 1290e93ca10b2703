import { setTimeout as sleep } from 'node:timers/promises';

/** An error after which waiting on is pointless, such as the end of the process that was waited for. */
export class FinalError extends Error {}

/**
 * Asks `probe` again and again until it answers something true, and returns that. Errors count as "not yet", except a
 * FinalError, which ends the wait.
 */
export async function waitUntil(what, probe, { deadlineMs, everyMs = 50, signal }) {
  const deadline = Date.now() + deadlineMs;
  let lastError;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await probe();
      if (answer) return answer;
      lastError = undefined;
    } catch (error) {
      if (error instanceof FinalError) throw error;
      lastError = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${what}: not after ${Math.round(deadlineMs / 1000)} s`, { cause: lastError });
    }
    await sleep(everyMs, undefined, { signal });
  }
}
