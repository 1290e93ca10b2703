import { clockTime } from './zoned-clock';

export interface HourlyRules {
  /** Messages a target gets in an hour at most, where the campaign does not say. */
  perHour: number;
  /** Share of the limit for each hour of the day, from midnight. */
  ratios: readonly number[];
}

/** Those of email-and-mtt.md §5.6. */
export const defaultHourlyRules: HourlyRules = {
  perHour: 30,
  ratios: [
    0.02, 0.03, 0.04, 0.05, 0.06, 0.1, 0.15, 0.25, 0.5, 0.8, 1, 0.9, 0.7, 0.7, 0.9, 1, 0.9, 0.7, 0.5, 0.25, 0.2, 0.1,
    0.05, 0.02,
  ],
};

/** Within this the messages of an hour go out. */
const spanMs = 3_300_000;
const lastWaitMs = 1_000;

/** Messages one target gets in this hour of the zone's day. */
export function hourlyCap(hour: number, maxEmailsPerHour: number | null, rules = defaultHourlyRules): number {
  const limit = maxEmailsPerHour ?? rules.perHour;
  // 0.9 × 30 and the like must not fall below the whole number they mean.
  const cap = Math.trunc(Number(((rules.ratios[hour] ?? 0) * limit).toFixed(6)));
  return Math.max(1, cap);
}

/** As hourlyCap, for the hour the zone's clock shows. */
export const hourlyCapAt = (
  at: Date,
  timezone: string,
  maxEmailsPerHour: number | null,
  rules = defaultHourlyRules,
): number => hourlyCap(Math.floor(clockTime(at, timezone).seconds / 3_600), maxEmailsPerHour, rules);

/** Wait before each of the messages after the first, ms, for `count` messages of one hour. */
export function hourlyWaits(count: number): number[] {
  const base = Math.floor(spanMs / (count - 1));
  let sign = 1;
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => {
    const left = count - 1 - index;
    if (left === 1 && count % 2 === 0) return Math.max(lastWaitMs, base);
    const wait = Math.max(lastWaitMs, base + sign * Math.floor(base / 4));
    sign = -sign;
    return wait;
  });
}

/** When each of `count` messages goes, ms from now. */
export function hourlyOffsets(count: number): number[] {
  let at = 0;
  return count > 0 ? [0, ...hourlyWaits(count).map((wait) => (at += wait))] : [];
}
