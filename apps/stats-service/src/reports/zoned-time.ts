import { clockTime } from '@groundswell/domain';

/** No zone changes its clock in the middle of one. */
const quarterMs = 15 * 60_000;

/** Shows instants as the zone's clock does, `2026-11-21 17:05:09`; quick where they come in about their order. */
export class ZonedTimes {
  private quarter = NaN;
  private aheadMs = 0;

  constructor(private readonly timeZone: string) {}

  show(instant: Date): string {
    const at = instant.getTime();
    const quarter = Math.floor(at / quarterMs);
    if (quarter !== this.quarter) {
      this.quarter = quarter;
      this.aheadMs = aheadOf(quarter * quarterMs, this.timeZone);
    }
    return new Date(at + this.aheadMs).toISOString().slice(0, 19).replace('T', ' ');
  }
}

/** How far the zone's clock is ahead of UTC then. */
function aheadOf(at: number, timeZone: string): number {
  const { day, seconds } = clockTime(new Date(at), timeZone);
  return Date.parse(`${day}T00:00:00Z`) + seconds * 1_000 - at;
}
