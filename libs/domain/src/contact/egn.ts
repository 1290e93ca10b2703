import { toCalendarDate, type CalendarDate } from './calendar-date';

const tenDigits = /^\d{10}$/;
const weights = [2, 4, 8, 5, 10, 9, 7, 3, 6];

/** The month also says the century: +20 is the 1800s, +40 the 2000s (processing.md 2.6). */
function birthDateOf(egn: string): CalendarDate | null {
  const year = Number(egn.slice(0, 2));
  const month = Number(egn.slice(2, 4));
  const day = Number(egn.slice(4, 6));
  if (month > 40) return toCalendarDate(2000 + year, month - 40, day);
  if (month > 20) return toCalendarDate(1800 + year, month - 20, day);
  return toCalendarDate(1900 + year, month, day);
}

/** Bulgarian personal number: ten digits, born on a real day before today, check digit right. */
export function isValidEgn(egn: string, today: CalendarDate): boolean {
  if (!tenDigits.test(egn)) return false;
  const born = birthDateOf(egn);
  if (born === null || born >= today) return false;
  const sum = weights.reduce((total, weight, i) => total + weight * Number(egn[i]), 0);
  return ((sum % 11) % 10).toString() === egn[9];
}
