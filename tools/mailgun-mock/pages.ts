import type { EventLog, LogEntry, Place } from './event-log';

/** Stands in the URLs of pages: what was asked first, and where this page begins. */
export interface PageQuery {
  filter: Record<string, string>;
  place: (Place & { isBackwards: boolean }) | null;
}

export interface Page {
  items: unknown[];
  next: PageQuery;
  previous: PageQuery;
}

const largestPage = 300;
const defaultPage = 100;

/** One page of a log as it is at `nowMs`: what shows up later can come to lie before it. */
export function pageOf(log: EventLog, query: PageQuery, nowMs: number): Page | { fault: string } {
  const { filter } = query;
  const limit = Number(filter.limit ?? defaultPage);
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) return { fault: "'limit' is out of range" };
  const [beginUs, endUs] = [microseconds(filter.begin), microseconds(filter.end)];
  if (Number.isNaN(beginUs) || Number.isNaN(endUs)) return { fault: "'begin' or 'end' is no time" };
  if (filter.end === undefined && filter.ascending === undefined) return { fault: "'ascending' is missing" };
  const isAscending = filter.ascending ? filter.ascending === 'yes' : (beginUs ?? 0) <= (endUs ?? 0);
  const [low, high] = [beginUs ?? 0, endUs ?? Infinity].sort((a, b) => a - b) as [number, number];
  const isForward = isAscending !== (query.place?.isBackwards ?? false);
  const start = query.place ?? (isForward ? { us: low, seq: -1 } : { us: high, seq: Infinity });
  const found = take(log, start, { isForward, low, high, limit, nowMs, accepts: acceptsBy(filter) });
  if (query.place?.isBackwards) found.reverse();
  const [first, last] = [found[0] ?? start, found.at(-1) ?? start];
  const to = ({ us, seq }: Place, isBackwards: boolean): PageQuery => ({ filter, place: { us, seq, isBackwards } });
  return { items: found.map((entry) => entry.record()), next: to(last, false), previous: to(first, true) };
}

interface Taking {
  isForward: boolean;
  low: number;
  high: number;
  limit: number;
  nowMs: number;
  accepts: (entry: LogEntry) => boolean;
}

function take(log: EventLog, start: Place, { isForward, low, high, limit, nowMs, accepts }: Taking): LogEntry[] {
  const found: LogEntry[] = [];
  for (const entry of isForward ? log.after(start) : log.before(start)) {
    if (entry.us < low || entry.us > high) {
      if (isForward ? entry.us > high : entry.us < low) break;
      continue;
    }
    if (entry.visibleMs > nowMs || !accepts(entry)) continue;
    found.push(entry);
    if (found.length === limit) break;
  }
  return found;
}

const microseconds = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(Number(value) * 1e6);

const parts = (value: string | undefined, word: string): string[] =>
  value === undefined ? [] : value.split(` ${word} `).map((part) => part.trim());

/** `a OR b` of event types, `a AND b` of tags, the rest as it is. What is no event is always shown. */
function acceptsBy(filter: Record<string, string>): (entry: LogEntry) => boolean {
  const types = new Set(parts(filter.event, 'OR'));
  const tags = parts(filter.tags, 'AND');
  const { recipient, severity, 'message-id': messageId } = filter;
  return ({ event }) =>
    !event ||
    ((types.size === 0 || types.has(event.type)) &&
      tags.every((tag) => event.tags?.includes(tag) ?? false) &&
      (recipient === undefined || event.recipient === recipient) &&
      (severity === undefined || event.severity === severity) &&
      (messageId === undefined || event.messageId === messageId));
}
