import { readerOf, type BrokerQueuesAnswerV1 } from '@groundswell/contracts';
import {
  byMonitoredName,
  noWork,
  sumOfWork,
  type QueueRates,
  type WaitingWork,
  type WorkFigures,
  type WorkKind,
} from '@groundswell/persistence';
import { groupedBy } from '../mails/grouped-by';

export type BrokerQueue = BrokerQueuesAnswerV1['queues'][number];

/** One queue as people see it. */
export interface MonitoredQueueView extends WorkFigures {
  name: string;
  kind: string;
  /** Who empties it; null: an org's own software, or nobody. */
  service: string | null;
  orgId: number | null;
  /** `oldestSeconds` is when it was last empty: nothing in it is older. */
  isAgeAtMost: boolean;
  inPerMinute: number | null;
  outPerMinute: number | null;
  errorsPerMinute: number | null;
  workers: number | null;
}

export interface QueueSources {
  broker: readonly BrokerQueue[];
  work: readonly WaitingWork[];
  /** Of the newest minute, by name. */
  rates: ReadonlyMap<string, QueueRates>;
  /** Live processes that run jobs, by service. */
  workers: ReadonlyMap<string, number>;
  now: Date;
}

export const kindName = (kind: WorkKind): string => kind.toUpperCase().replace('-', '_');

/** Everything that waits, by name. */
export function monitoredQueues(sources: QueueSources): MonitoredQueueView[] {
  const views = [...ofBroker(sources), ...ofTables(sources)];
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function ofBroker({ broker, work, rates, now }: QueueSources): MonitoredQueueView[] {
  const parked = groupedBy(
    work.filter(({ kind }) => kind === 'parked'),
    ({ name }) => name,
  );
  const paused = new Set(work.filter(({ kind }) => kind === 'broker').map(({ name }) => name));
  const known = new Set(broker.map(({ name }) => name));
  // What is paused is seen whether the broker answers or not.
  const unknown = [...paused].filter((name) => !known.has(name)).map(pausedOnly);
  const views = broker.map(({ name, ready, unacknowledged, consumers, emptyAt }) => {
    const { dead, reasons } = sumOfWork(parked.get(name) ?? []);
    const held = (ready ?? 0) + (unacknowledged ?? 0);
    const isAged = held > 0 && emptyAt !== null;
    return {
      ...noWork,
      ...{ name, kind: kindName('broker'), service: readerOf(name), orgId: null },
      ...{ waiting: ready ?? 0, active: unacknowledged ?? 0, dead, reasons },
      oldestSeconds: isAged ? Math.max(0, (now.getTime() - Date.parse(emptyAt)) / 1_000) : null,
      isAgeAtMost: isAged,
      isPaused: paused.has(name),
      ...ratesOf(rates.get(name)),
      workers: consumers,
    };
  });
  return [...views, ...unknown];
}

const pausedOnly = (name: string): MonitoredQueueView => ({
  ...noWork,
  ...{ name, kind: kindName('broker'), service: readerOf(name), orgId: null, isPaused: true },
  isAgeAtMost: false,
  ...ratesOf(undefined),
  workers: null,
});

function ofTables({ work, rates, workers }: QueueSources): MonitoredQueueView[] {
  const named = byMonitoredName(work.filter(({ kind }) => kind !== 'broker'));
  return [...named].map(([name, rows]) => {
    const { kind, owner } = rows[0]!;
    const orgs = new Set(rows.flatMap(({ orgId }) => (orgId === null ? [] : [orgId])));
    return {
      ...sumOfWork(rows),
      ...{ name, kind: kindName(kind), service: owner },
      orgId: orgs.size === 1 ? [...orgs][0] || null : null,
      isAgeAtMost: false,
      ...ratesOf(rates.get(name)),
      workers: kind === 'jobs' ? (workers.get(owner) ?? 0) : null,
    };
  });
}

const ratesOf = (rates: QueueRates | undefined) => ({
  inPerMinute: rates?.entered ?? null,
  outPerMinute: rates?.done ?? null,
  errorsPerMinute: rates?.errors ?? null,
});
