/** Loops in the order in which a run takes them (email-events.md §2.5). */
export const loopNames = ['latestOpened', 'latest', 'missing', 'scheduled'] as const;
export type LoopName = (typeof loopNames)[number];

export const jobNames: Record<LoopName, string> = {
  latest: 'email-analytics-latest-others',
  latestOpened: 'email-analytics-latest-opened',
  missing: 'email-analytics-missing',
  scheduled: 'email-analytics-scheduled',
};

const others = ['delivered', 'failed', 'unsubscribed', 'complained'];
export const typesOf: Record<LoopName, readonly string[]> = {
  latest: others,
  latestOpened: ['opened'],
  missing: [...others, 'opened'],
  scheduled: [...others, 'opened'],
};

/** After that long a provider shows all it has. */
export const trustThresholdMs = 1_800_000;
const latestMarginMs = 60_000;
const missingFirstMs = 4 * trustThresholdMs;
/** Events of one run, per loop and together. */
export const runBudget = 10_000;
/** One page: a loop with less to spend is left out. */
const smallestBudget = 300;

export interface LoopWindow {
  begin: Date;
  end: Date;
}

/** What is known of where a loop stopped. */
export interface LoopPosition {
  /** In this process. */
  memory: Date | null;
  stored: { finishedAt: Date | null; startedAt: Date | null } | null;
}

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);
const earliest = (...dates: Date[]): Date => new Date(Math.min(...dates.map(Number)));
const latest = (...dates: Date[]): Date => new Date(Math.max(...dates.map(Number)));

const knownPosition = ({ memory, stored }: LoopPosition): Date | null =>
  memory ?? stored?.finishedAt ?? stored?.startedAt ?? null;

/** `newest`: of what is stored of this domain's mails; asked for only where nothing else is known. */
export async function latestWindow(
  position: LoopPosition,
  newest: () => Promise<Date | null>,
  now: Date,
): Promise<LoopWindow> {
  const begin = knownPosition(position) ?? (await newest()) ?? before(now, trustThresholdMs);
  return { begin, end: before(now, latestMarginMs) };
}

/** Never reads what the latest loops have yet to read: `lastBegins` are where these began, in this process. */
export const missingWindow = (position: LoopPosition, lastBegins: readonly (Date | null)[], now: Date): LoopWindow => ({
  begin: knownPosition(position) ?? before(now, missingFirstMs),
  end: earliest(before(now, trustThresholdMs), ...lastBegins.map((begin) => begin ?? now)),
});

export function scheduledWindow(schedule: LoopWindow, position: LoopPosition): LoopWindow {
  const cursor = position.memory ?? position.stored?.finishedAt ?? schedule.begin;
  return { begin: latest(schedule.begin, cursor), end: schedule.end };
}

export const isEmptyWindow = ({ begin, end }: LoopWindow): boolean => end.getTime() <= begin.getTime();

export const isWorthReading = (budget: number): boolean => budget >= smallestBudget;

const settledMs = 2_000;
const bumpMs = 1_000;

/** Where a loop goes on after a run without error (§3.4): a second later, so that the last events do not come back at every
 *  tick; but not past its window, and not where it stopped at its limit, since the rest of that second is still to come. */
export function cursorAfter(
  cursor: Date | null,
  { count, maxEvents, end }: { count: number; maxEvents: number; end: Date },
  now: Date,
): Date | null {
  if (cursor === null || count === 0 || count >= maxEvents) return cursor;
  if (cursor.getTime() >= now.getTime() - settledMs) return cursor;
  return earliest(new Date(cursor.getTime() + bumpMs), end);
}

/** Where a latest loop goes on after a window in which nothing was: not further back than what may still show up. Without
 *  it the loop of an account that nobody opens mails of would stay where it first began, and with it the missing loop. */
export const cursorAfterNothing = ({ begin, end }: LoopWindow): Date => latest(begin, before(end, trustThresholdMs));

/** Without what the provider no longer has. */
export const keptWindow = ({ begin, end }: LoopWindow, retentionMs: number, now: Date): LoopWindow => ({
  begin: latest(begin, before(now, retentionMs)),
  end,
});
