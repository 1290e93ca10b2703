import { CronExpressionParser } from 'cron-parser';
import { clockTime, dayAfter, instantOf } from '@groundswell/domain';

export class CalendarError extends Error {
  readonly code = 'rules.calendar';
}

/** When a periodic rule runs: a cron expression of five fields, one run an hour at most. */
export interface Calendar {
  minute: number;
  hours: number[];
  /** 1 to 31; null: whatever the day of the month. */
  monthDays: number[] | null;
  /** 1 to 12. */
  months: number[];
  /** 0 Sunday to 6; null: whatever the day of the week. */
  weekDays: number[] | null;
}

const longestExpression = 100;
const lastOfMonth = 'L';
/** Of the five fields. */
const monthAt = 3;
/** 29 February on a Sunday is 40 years away at most. */
const daysAhead = 366 * 41;

/** Throws CalendarError for what is no such expression, and for what never comes. */
export function readCalendar(expression: string): Calendar {
  const text = expression.trim();
  const words = text.split(/\s+/);
  if (text.length > longestExpression || words.length !== 5) {
    throw new CalendarError('must have five fields: minute, hour, day of month, month, day of week');
  }
  if (text.includes('#')) throw new CalendarError('must not count weekdays in a month (#)');
  const { minute, hour, dayOfMonth, dayOfWeek } = fieldsOf(words.with(monthAt, '*').join(' '));
  // Apart, since the parser knows no 31 June.
  const { month } = fieldsOf(`0 0 * ${words[monthAt]} *`);
  const [onlyMinute, ...others] = numbers(minute.values, 'minute');
  if (onlyMinute === undefined || others.length > 0) throw new CalendarError('must name one minute: hourly at most');
  const calendar: Calendar = {
    minute: onlyMinute,
    hours: numbers(hour.values, 'hour'),
    monthDays: dayOfMonth.isWildcard ? null : numbers(dayOfMonth.values.map(asLastDay), 'day of month'),
    months: numbers(month.values, 'month'),
    weekDays: dayOfWeek.isWildcard
      ? null
      : [...new Set(numbers(dayOfWeek.values, 'day of week').map((day) => day % 7))],
  };
  nextRunAt(calendar, 'UTC', new Date());
  return calendar;
}

function fieldsOf(text: string) {
  try {
    return CronExpressionParser.parse(text).fields;
  } catch (error) {
    throw new CalendarError(error instanceof Error ? error.message : 'is invalid', { cause: error });
  }
}

/** Every month is shorter than 32 days, or as long as 31. */
const asLastDay = (value: number | string): number | string => (value === lastOfMonth ? 31 : value);

function numbers(values: readonly (number | string)[], field: string): number[] {
  return values.map((value) => {
    if (typeof value !== 'number') throw new CalendarError(`must have numbers as ${field}`);
    return value;
  });
}

/**
 * The first run after that instant, as clocks of the zone show the calendar. A day that a month does not have is its last day; a
 * time that clocks skip comes that much later, of one that comes twice the first counts. So a run that is due exactly then is not
 * the next one, and none is left out.
 */
export function nextRunAt(calendar: Calendar, timezone: string, after: Date): Date {
  let { day } = clockTime(after, timezone);
  for (let looked = 0; looked < daysAhead; looked += 1) {
    if (isOn(calendar, day)) {
      const next = calendar.hours
        .map((hour) => instantOf({ day, seconds: hour * 3_600 + calendar.minute * 60 }, timezone))
        .sort((a, b) => a.getTime() - b.getTime())
        .find((instant) => instant > after);
      if (next) return next;
    }
    day = dayAfter(day);
  }
  throw new CalendarError('never comes');
}

/** As cron has it: with both days given, either will do. */
function isOn({ months, monthDays, weekDays }: Calendar, day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  if (monthDays === null && weekDays === null) return true;
  const isWeekDay = weekDays?.includes(date.getUTCDay()) ?? false;
  return isWeekDay || (monthDays !== null && isMonthDay(monthDays, date));
}

function isMonthDay(monthDays: readonly number[], date: Date): boolean {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return monthDays.some((wanted) => Math.min(wanted, last) === date.getUTCDate());
}
