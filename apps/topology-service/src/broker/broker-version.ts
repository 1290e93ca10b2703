export type VersionVerdict = 'usable' | 'untested' | 'refused';

/** Oldest version whose quorum queues keep dead letters until the next queue has confirmed them. */
const oldest = [3, 10, 0];
/** Series (major.minor) that our tests ran against, from this patch on. See docs/broker-versions.md. */
const tested: Record<string, number> = { '3.10': 8 };

/** Whether to trust a broker with messages. A version we cannot read is untested, not refused: forks name theirs oddly. */
export function judgeBrokerVersion(version: string): VersionVerdict {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!parts) return 'untested';
  const [major = 0, minor = 0, patch = 0] = parts;
  const isOlder = parts.findIndex((part, index) => part !== oldest[index]);
  if (isOlder >= 0 && (parts[isOlder] ?? 0) < (oldest[isOlder] ?? 0)) return 'refused';
  const testedFrom = tested[`${major}.${minor}`];
  return testedFrom !== undefined && patch >= testedFrom ? 'usable' : 'untested';
}
