/** Whether objects and lists lie deeper in each other than that. Goes no deeper itself, so that nothing overflows its stack. */
export const isDeeperThan = (value: unknown, depth: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth === 0 || Object.values(value).some((child) => isDeeperThan(child, depth - 1)));
