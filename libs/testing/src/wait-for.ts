const shortestPauseMs = 10;
const longestPauseMs = 50;
/** Of a machine that has much else to do. */
const patienceMs = 120_000;

/** Waits until `condition` gives something truthy and returns it; throws when `deadlineMs` is over. A condition that throws
 *  counts as not yet, and its last error is the cause. */
export const waitFor = async <T>(
  condition: () => T | Promise<T>,
  deadlineMs = patienceMs,
): Promise<NonNullable<Exclude<T, false>>> => {
  const since = Date.now();
  const until = since + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<Exclude<T, false>>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= until) throw new Error(`not so within ${deadlineMs} ms: ${condition.toString()}`, { cause });
    // What takes long is asked for less often: the question costs the servers that are waited for.
    const pauseMs = Math.min(shortestPauseMs + (Date.now() - since) / 20, longestPauseMs);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
};
