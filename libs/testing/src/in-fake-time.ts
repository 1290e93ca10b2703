import { syncBuiltinESMExports } from 'node:module';

/** Runs `work` on a clock that jumps from one timer to the next, those of `node:timers/promises` too: what `performance.now()`
 *  says in it depends on no machine. */
export async function inFakeTime<T>(work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
  // Who imported them by name gets the fake ones by this alone.
  syncBuiltinESMExports();
  try {
    const done = work();
    // When it fails, whoever awaits it below is told.
    done.catch(() => undefined);
    await jest.runAllTimersAsync();
    return await done;
  } finally {
    jest.useRealTimers();
    syncBuiltinESMExports();
  }
}
