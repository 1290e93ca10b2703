import { clockTime, dayAfter, daysBetween, instantOf } from './zoned-clock';

/** When the mails of a campaign may go out (email-and-mtt.md §5.5). */
export interface MttSchedule {
  startAt: Date;
  endAt: Date;
  /** IANA name: the clock times of start and end are read there. */
  timezone: string;
  /** Length of a cycle; `defaultMttCycleMs` unless a test wants it shorter. */
  cycleMs: number;
}

/** How much of a campaign's time has come: `cycle` of `all`. */
export interface MttProgress {
  cycle: number;
  all: number;
}

/** `closed`: outside the hours of the day; `flush`: what is left goes now; `over`: what is left does not go any more. */
export type MttMoment =
  { phase: 'before' | 'closed' | 'over' } | ({ phase: 'open' } & MttProgress) | { phase: 'flush' };

/** The hours of one day in which mails go out. */
interface DayWindow {
  openAt: Date;
  closeAt: Date;
}

/** mtt-service plans by it, the API forecasts by it. */
export const defaultMttCycleMs = 3 * 60_000;
/** How long after the end what is left may still go. */
export const mttFlushMs = 24 * 3_600_000;
const minuteMs = 60_000;
const dayMs = 24 * 3_600_000;

export const mttClosesAt = ({ endAt }: Pick<MttSchedule, 'endAt'>): Date => new Date(endAt.getTime() + mttFlushMs);

/** Whole cycles between two instants, counted in whole minutes. */
function cyclesBetween(from: Date, to: Date, cycleMs: number): number {
  const unit = Math.min(minuteMs, cycleMs);
  const units = Math.floor((to.getTime() - from.getTime()) / unit);
  return Math.max(0, Math.floor((units * unit) / cycleMs));
}

/** Over so many days the clocks are asked for each; a longer campaign has a wrong date, and days of 24 hours. */
const exactDays = 1_000;

/** All windows of a schedule, in order. */
interface Calendar {
  windows: DayWindow[];
  /** Cycles of the windows before each. */
  before: number[];
  all: number;
}

/** A schedule is never changed, only replaced. */
const knownCalendars = new WeakMap<MttSchedule, Calendar>();

function calendarOf(schedule: MttSchedule): Calendar {
  let calendar = knownCalendars.get(schedule);
  if (!calendar) {
    const windows = readWindows(schedule);
    let all = 0;
    const before = windows.map(({ openAt, closeAt }) => {
      const sum = all;
      all += cyclesBetween(openAt, closeAt, schedule.cycleMs);
      return sum;
    });
    calendar = { windows, before, all };
    knownCalendars.set(schedule, calendar);
  }
  return calendar;
}

/** Index of the last window that opened before; -1: none did. */
function lastOpened({ windows }: Calendar, at: Date): number {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle] as DayWindow).openAt < at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * From the clock time of the start to that of the end, on each day; across midnight where the end's is not later. Real
 * instants, so a day on which the clocks change is as long as it is.
 */
function readWindows({ startAt, endAt, timezone }: MttSchedule): DayWindow[] {
  const start = clockTime(startAt, timezone);
  const end = clockTime(endAt, timezone);
  const isOverMidnight = end.seconds <= start.seconds;
  const days = Math.max(1, daysBetween(start.day, end.day) + (isOverMidnight ? 0 : 1));
  const openMs = ((end.seconds - start.seconds) * 1_000 + dayMs) % dayMs || dayMs;
  return Array.from({ length: days }, (_, index) => {
    const isLast = index === days - 1;
    if (days > exactDays) {
      const opensAt = startAt.getTime() + index * dayMs;
      return { openAt: new Date(opensAt), closeAt: isLast ? endAt : new Date(opensAt + openMs) };
    }
    const day = dayAfter(start.day, index);
    const closeDay = isOverMidnight ? dayAfter(day) : day;
    return {
      openAt: index === 0 ? startAt : instantOf({ day, seconds: start.seconds }, timezone),
      closeAt: isLast ? endAt : instantOf({ day: closeDay, seconds: end.seconds }, timezone),
    };
  });
}

/** What has come by then of all cycles, whether the hours are open or not. */
export function mttProgress(schedule: MttSchedule, at: Date): MttProgress {
  const calendar = calendarOf(schedule);
  const index = lastOpened(calendar, at);
  const window = calendar.windows[index];
  if (!window) return { cycle: 0, all: calendar.all };
  const { openAt, closeAt } = window;
  const { cycleMs } = schedule;
  const left = at < closeAt ? cyclesBetween(at, closeAt, cycleMs) : 0;
  return {
    cycle: (calendar.before[index] as number) + cyclesBetween(openAt, closeAt, cycleMs) - left,
    all: calendar.all,
  };
}

/** Whether mails may go out now, and how much of the time has come. */
export function mttMoment(schedule: MttSchedule, now: Date): MttMoment {
  const { startAt, endAt } = schedule;
  if (now <= startAt) return { phase: 'before' };
  if (now >= endAt) return { phase: now <= mttClosesAt(schedule) ? 'flush' : 'over' };
  const calendar = calendarOf(schedule);
  const window = calendar.windows[lastOpened(calendar, now)];
  return window && now < window.closeAt ? { phase: 'open', ...mttProgress(schedule, now) } : { phase: 'closed' };
}

/** The day of the zone that a mail handed over now counts for. */
export const mttDay = ({ timezone }: Pick<MttSchedule, 'timezone'>, now: Date): string => clockTime(now, timezone).day;

/**
 * Until when a mail handed over now may go: no longer than the day it counts for, and while a campaign drips no longer than the
 * hours of the day. What is not out when the last of them end goes with the flush.
 */
export function mttNotAfter(schedule: MttSchedule & { isDrip: boolean }, now: Date): Date {
  const { timezone, isDrip } = schedule;
  const ends = [instantOf({ day: dayAfter(mttDay(schedule, now)), seconds: 0 }, timezone), mttClosesAt(schedule)];
  if (isDrip && mttMoment(schedule, now).phase === 'open') {
    const calendar = calendarOf(schedule);
    const window = calendar.windows[lastOpened(calendar, now)];
    if (window) ends.push(window.closeAt);
  }
  return new Date(Math.min(...ends.map(Number)));
}
