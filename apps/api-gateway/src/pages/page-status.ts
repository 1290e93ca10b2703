export type PageStatus = 'STANDBY' | 'ACTIVE' | 'STALLED';

const dayMs = 24 * 60 * 60 * 1_000;
const yearMs = 365 * dayMs;

/** By the last action, testing included: none within a year, within a month of the present one's length, or older. */
export function pageStatus(lastActionAt: Date | null, now: Date): PageStatus {
  if (!lastActionAt) return 'STANDBY';
  const ageMs = now.getTime() - lastActionAt.getTime();
  if (ageMs > yearMs) return 'STANDBY';
  return ageMs < daysOfMonth(now) * dayMs ? 'ACTIVE' : 'STALLED';
}

const daysOfMonth = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
