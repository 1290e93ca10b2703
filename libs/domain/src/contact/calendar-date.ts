const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A calendar date as the number yyyymmdd, so that dates compare as numbers and `+ 180000` is 18 years later. */
export type CalendarDate = number;

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Null when no such day exists. */
export function toCalendarDate(year: number, month: number, day: number): CalendarDate | null {
  const days = month === 2 && isLeapYear(year) ? 29 : daysInMonth[month - 1];
  if (days === undefined || day < 1 || day > days) return null;
  return year * 10000 + month * 100 + day;
}

/** Null when the text is not YYYY-MM-DD or no such day exists. */
export function parseCalendarDate(text: string): CalendarDate | null {
  const match = isoDate.exec(text);
  return match ? toCalendarDate(Number(match[1]), Number(match[2]), Number(match[3])) : null;
}

/** The day in UTC. */
export const calendarDateOf = (instant: Date): CalendarDate =>
  instant.getUTCFullYear() * 10000 + (instant.getUTCMonth() + 1) * 100 + instant.getUTCDate();

/** Someone born on 29 February comes of age on 1 March of a common year. */
export const isOldEnough = (born: CalendarDate, today: CalendarDate, years: number): boolean =>
  today >= born + years * 10000;
