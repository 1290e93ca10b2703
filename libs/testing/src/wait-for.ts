/** Waits until `condition` gives something truthy and returns it; throws when `deadlineMs` is over. A condition that throws
 *  counts as not yet, and its last error is the cause. */
export const waitFor = async <T>(
  condition: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> => {
  const until = Date.now() + deadlineMs;
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
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
