import { importLimits } from '@groundswell/contracts';
import { invalidError } from '@groundswell/domain';
import type { FieldValue } from './uploaded-row';

export type Read<T> = { value: T } | { reason: string };

const invalid = { reason: invalidError };
const yes = new Set(['true', 'yes', 'y', '1']);
const no = new Set(['false', 'no', 'n', '0']);
const day = /^(\d{4})-(\d{2})-(\d{2})$/;
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

export function readText(value: FieldValue): Read<string> {
  if (typeof value === 'number') return { value: String(value) };
  return typeof value === 'string' ? { value } : invalid;
}

export function readBoolean(value: FieldValue): Read<boolean> {
  if (typeof value === 'boolean') return { value };
  const word = typeof value === 'object' ? '' : String(value).trim().toLowerCase();
  if (yes.has(word)) return { value: true };
  return no.has(word) ? { value: false } : { reason: 'is neither true nor false' };
}

/** A whole number. */
export function readCount(value: FieldValue): Read<number> {
  if (typeof value === 'number') return { value };
  return typeof value === 'string' && /^\s*\d{1,10}\s*$/.test(value) ? { value: Number(value) } : invalid;
}

/** A time with its offset, or a day, which begins in UTC. Neither later than `latest` nor years before it. */
export function readInstant(value: FieldValue, latest: Date): Read<Date> {
  const text = typeof value === 'string' ? value.trim() : '';
  const time = startOfDay(text) ?? instantOf(text);
  if (time === null || Number.isNaN(time)) return { reason: 'is neither a day nor a time with its offset' };
  if (time > latest.getTime()) return { reason: 'is in the future' };
  const earliest = new Date(latest);
  earliest.setUTCFullYear(earliest.getUTCFullYear() - importLimits.createdYearsAgo);
  return time < earliest.getTime() ? { reason: 'is too long ago' } : { value: new Date(time) };
}

const instantOf = (text: string): number | null =>
  instant.test(text) && startOfDay(text.slice(0, 10)) !== null ? Date.parse(text.replace(' ', 'T')) : null;

function startOfDay(text: string): number | null {
  if (!day.test(text)) return null;
  const date = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text ? null : date.getTime();
}
