/** Calendar day (YYYY-MM-DD) and seconds since its midnight, as a clock on a wall of the zone shows them. */
export interface ClockTime {
  day: string;
  seconds: number;
}

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timezone, format);
  }
  return format;
}

/** Whether it names a time zone this platform knows. */
export function isTimezone(timezone: string): boolean {
  try {
    formatOf(timezone);
    return true;
  } catch {
    return false;
  }
}

/** What the zone's clock shows, as if it were UTC; whole seconds. */
function shownMs(instant: Date, timezone: string): number {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

export function clockTime(instant: Date, timezone: string): ClockTime {
  const shown = shownMs(instant, timezone);
  return { day: new Date(shown).toISOString().slice(0, 10), seconds: (shown % dayMs) / 1_000 };
}

/**
 * When the zone's clock shows this. A time that the clocks skip is taken that much later, of one that comes twice the
 * first is meant.
 */
export function instantOf({ day, seconds }: ClockTime, timezone: string): Date {
  const wanted = Date.parse(`${day}T00:00:00Z`) + seconds * 1_000;
  const offsetAt = (ms: number): number => shownMs(new Date(ms), timezone) - Math.floor(ms / 1_000) * 1_000;
  const before = wanted - offsetAt(wanted - dayMs);
  const after = wanted - offsetAt(wanted + dayMs);
  if (shownMs(new Date(before), timezone) === wanted) return new Date(before);
  return new Date(shownMs(new Date(after), timezone) === wanted ? after : before);
}

/** The day that many days later. */
export const dayAfter = (day: string, days = 1): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);

/** Whole days from one to another. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
