import type { PolledAccount } from './event-source';
import { readMetadata, type LoopRow } from './loop.repository';
import { jobNames, type LoopName } from './loop-rules';
import type { DomainLoops, Loops, LoopStatus, ScheduledLoopStatus } from './loop-status';

const isoOf = (date: Date | null): string | null => date?.toISOString() ?? null;

/** What the row of a loop says; a loop that never ran has every key too. */
function statusOf(name: LoopName, row: LoopRow | undefined, now: Date): LoopStatus {
  const { isCanceled, lastStarted, lastFinished, count, isDrained } = readMetadata(row?.metadata);
  const reached = row?.finishedAt ?? row?.startedAt ?? null;
  const isBehind = !isDrained && lastFinished !== null && reached !== null;
  return {
    running: row?.isRunning ?? false,
    jobName: jobNames[name],
    lastStarted,
    lastBegin: isoOf(row?.startedAt ?? null),
    lastEventTimestamp: isoOf(row?.finishedAt ?? null),
    canceled: isCanceled,
    lastError: row?.lastError ?? null,
    lastFinished,
    eventsLastRun: count,
    lagSeconds: isBehind ? Math.max(0, Math.round((now.getTime() - reached.getTime()) / 1000)) : 0,
  };
}

function scheduledOf(row: LoopRow | undefined, now: Date): ScheduledLoopStatus {
  const { schedule } = readMetadata(row?.metadata);
  return {
    ...statusOf('scheduled', row, now),
    // A replay of the past is not behind anything.
    lagSeconds: 0,
    schedule: schedule && { begin: schedule.begin.toISOString(), end: schedule.end.toISOString() },
  };
}

export function domainLoops(account: PolledAccount, rows: readonly LoopRow[], now: Date): DomainLoops {
  const find = (name: LoopName) => rows.find((row) => row.name === name && row.domain === account.domain);
  return {
    domain: account.domain.replace(/^\d+:/, ''),
    serviceIds: [account.serviceId],
    latest: statusOf('latest', find('latest'), now),
    latestOpened: statusOf('latestOpened', find('latestOpened'), now),
    missing: statusOf('missing', find('missing'), now),
    scheduled: scheduledOf(find('scheduled'), now),
  };
}

const first = (values: readonly (string | null)[]): string | null =>
  values.reduce((least, value) => (least === null || (value !== null && value < least) ? value : least), null);
const last = (values: readonly (string | null)[]): string | null =>
  values.reduce((most, value) => (most === null || (value !== null && value > most) ? value : most), null);

function allOf(name: LoopName, loops: readonly LoopStatus[]): LoopStatus {
  return {
    running: loops.some(({ running }) => running),
    jobName: jobNames[name],
    lastStarted: last(loops.map(({ lastStarted }) => lastStarted)),
    lastBegin: first(loops.map(({ lastBegin }) => lastBegin)),
    lastEventTimestamp: first(loops.map(({ lastEventTimestamp }) => lastEventTimestamp)),
    canceled: loops.some(({ canceled }) => canceled),
    lastError: loops.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    lastFinished: last(loops.map(({ lastFinished }) => lastFinished)),
    eventsLastRun: loops.reduce((sum, { eventsLastRun }) => sum + eventsLastRun, 0),
    lagSeconds: Math.max(0, ...loops.map(({ lagSeconds }) => lagSeconds)),
  };
}

export function allLoops(domains: readonly DomainLoops[]): Loops {
  const schedules = domains.flatMap(({ scheduled }) => (scheduled.schedule ? [scheduled.schedule] : []));
  return {
    latest: allOf(
      'latest',
      domains.map(({ latest }) => latest),
    ),
    latestOpened: allOf(
      'latestOpened',
      domains.map(({ latestOpened }) => latestOpened),
    ),
    missing: allOf(
      'missing',
      domains.map(({ missing }) => missing),
    ),
    scheduled: {
      ...allOf(
        'scheduled',
        domains.map(({ scheduled }) => scheduled),
      ),
      schedule: schedules[0] ?? null,
    },
  };
}
