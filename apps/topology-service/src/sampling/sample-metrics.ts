import { orgQueuePurpose, readerOf } from '@groundswell/contracts';
import type { Metrics } from '@groundswell/observability';
import { noWork, sumOfWork, type WaitingWork } from '@groundswell/persistence';
import { OrgMetrics, type ShownOrg } from './org-metrics';
import type { AgedQueue } from './sample';

/** What waits, for alerts: by kind and who empties it, so that the number of series does not grow with orgs. */
export class SampleMetrics {
  private readonly work;
  private readonly oldest;
  private readonly orgs;

  constructor(metrics: Metrics) {
    this.work = metrics.gauge(
      'groundswell_waiting_work',
      'What waits, runs, failed or needs a person, of all services and the broker',
      ['kind', 'owner', 'state'],
    );
    this.oldest = metrics.gauge(
      'groundswell_waiting_work_oldest_seconds',
      'Age of the oldest that is due or parked; of a queue of the broker since it was last empty',
      ['kind', 'owner'],
    );
    this.orgs = new OrgMetrics(metrics);
  }

  /** Only the replica that samples has series. */
  forget(): void {
    this.work.reset();
    this.oldest.reset();
    this.orgs.forget();
  }

  show(rows: readonly WaitingWork[], broker: readonly AgedQueue[], orgs: readonly ShownOrg[]): void {
    this.forget();
    const shown = [...rows.filter(({ kind }) => kind !== 'broker'), ...broker.map(rowOf)];
    this.orgs.show(orgs, shown);
    for (const [key, found] of groups(shown)) {
      const [kind = '', owner = ''] = key.split(' ');
      const work = sumOfWork(found);
      for (const state of ['waiting', 'delayed', 'active', 'failed', 'dead'] as const) {
        this.work.set({ kind, owner, state }, work[state]);
      }
      this.oldest.set({ kind, owner }, work.oldestSeconds ?? 0);
    }
  }
}

/** `org`: its own software reads it. `none`: nobody has to. */
const rowOf = ({ name, messages_ready, messages_unacknowledged, oldestSeconds }: AgedQueue): WaitingWork => ({
  ...noWork,
  ...{ kind: 'broker', name, orgId: null, reason: null, oldestSeconds },
  owner: readerOf(name) ?? (orgQueuePurpose(name) ? 'org' : 'none'),
  waiting: messages_ready ?? 0,
  active: messages_unacknowledged ?? 0,
});

function groups(rows: readonly WaitingWork[]): Map<string, WaitingWork[]> {
  const found = new Map<string, WaitingWork[]>();
  for (const row of rows) {
    const key = `${row.kind} ${row.owner}`;
    const group = found.get(key);
    if (group) group.push(row);
    else found.set(key, [row]);
  }
  return found;
}
