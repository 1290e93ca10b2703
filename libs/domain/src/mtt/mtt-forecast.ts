import { hourlyCap, type HourlyRules } from './hourly-plan';
import { messagesGoal, type TargetProgress } from './messages-due';
import { mttClosesAt, mttProgress, type MttSchedule } from './mtt-window';
import { clockTime, dayAfter, instantOf } from './zoned-clock';

export interface MttPace extends MttSchedule {
  /** False: by the hour. */
  isDrip: boolean;
  maxPerTargetPerDay: number;
  maxEmailsPerHour: number | null;
  /** Of the installation; those of the specification when not given. */
  hourly?: HourlyRules;
}

export interface MttForecast {
  /** Days of the campaign's zone, from today to the last one on which something may go. */
  days: { day: string; count: number }[];
  /** What the ceiling and the hours leave over: it would not be sent. */
  left: number;
}

/** Nobody plans for longer, and a wrong year must not take minutes. */
const maxForecastDays = 366;

interface Remaining {
  target: TargetProgress;
  done: number;
}

/**
 * What will be sent on each day until the end, if nothing more is written, every address works and nobody pauses.
 * `room` of a target is what it may still get today.
 */
export function forecastMtt(pace: MttPace, targets: readonly TargetProgress[], now: Date): MttForecast {
  const remaining = targets.map((target): Remaining => ({ target, done: target.total - target.pending }));
  const days: MttForecast['days'] = [];
  const from = now < pace.startAt ? pace.startAt : now;
  const closesAt = mttClosesAt(pace);
  const today = clockTime(now, pace.timezone).day;
  for (let dayFrom = from; dayFrom < closesAt && days.length < maxForecastDays;) {
    const { day } = clockTime(dayFrom, pace.timezone);
    const nextDay = instantOf({ day: dayAfter(day), seconds: 0 }, pace.timezone);
    const until = nextDay < closesAt ? nextDay : closesAt;
    const isToday = day === today;
    const due = dueBy(pace, dayFrom, until);
    let count = 0;
    for (const one of remaining) count += take(one, due(one), isToday ? one.target.room : pace.maxPerTargetPerDay);
    days.push({ day, count });
    dayFrom = until;
  }
  return { days, left: remaining.reduce((sum, { target, done }) => sum + target.total - done, 0) };
}

/** Counts what this target gets of what is due as done. */
function take(remaining: Remaining, due: number, room: number): number {
  const { target, done } = remaining;
  const count = Math.max(0, Math.min(due, room, target.total - done));
  remaining.done += count;
  return count;
}

/** How many messages of a target come due between two instants of one day. */
function dueBy(pace: MttPace, from: Date, until: Date): (remaining: Remaining) => number {
  if (!pace.isDrip) {
    const caps = hourlyCaps(pace, from, until);
    return () => caps;
  }
  const progress = until > pace.endAt ? null : mttProgress(pace, until);
  return ({ target: { total }, done }) => (progress ? messagesGoal(total, progress) : total) - done;
}

/** Messages of the full hours that begin in that time. */
function hourlyCaps({ timezone, maxEmailsPerHour, hourly }: MttPace, from: Date, until: Date): number {
  const hourMs = 3_600_000;
  let caps = 0;
  for (let at = Math.ceil(from.getTime() / hourMs) * hourMs; at < until.getTime(); at += hourMs) {
    caps += hourlyCap(Math.floor(clockTime(new Date(at), timezone).seconds / 3_600), maxEmailsPerHour, hourly);
  }
  return caps;
}
