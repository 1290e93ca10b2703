import { orgQueuePurpose } from '@groundswell/contracts';
import { LabelCap, otherLabel, type Metrics } from '@groundswell/observability';
import { sumOfWork, type WaitingWork } from '@groundswell/persistence';

/** An org by its id. */
export interface ShownOrg {
  id: number;
  name: string;
}

/** Orgs that have series of their own; what others have is added up. */
export const mostOrgs = 1_000;

const labels = ['org_id', 'org', 'kind'] as const;

/** What waits for single orgs, for the dashboard of one. Only what is not empty has a series. */
export class OrgMetrics {
  private readonly info;
  private readonly work;
  private readonly oldest;
  private readonly cap = new LabelCap(mostOrgs);

  constructor(metrics: Metrics) {
    this.info = metrics.gauge('groundswell_org_info', 'Always 1: the newest orgs by id and name', ['org_id', 'org']);
    this.work = metrics.gauge(
      'groundswell_org_waiting_work',
      'What waits for an org (waiting), and what failed or needs a person (failed)',
      [...labels, 'state'],
    );
    this.oldest = metrics.gauge(
      'groundswell_org_waiting_work_oldest_seconds',
      'Age of the oldest that is due or parked; of a queue of the broker since it was last empty',
      labels,
    );
  }

  forget(): void {
    this.info.reset();
    this.work.reset();
    this.oldest.reset();
  }

  show(orgs: readonly ShownOrg[], work: readonly WaitingWork[]): void {
    this.forget();
    const shown = new Map(orgs.filter(({ id }) => this.cap.of(id) !== otherLabel).map((org) => [org.id, org]));
    for (const { id, name } of shown.values()) this.info.set({ org_id: id, org: name }, 1);
    const idByName = new Map(orgs.map(({ id, name }) => [name, id]));
    for (const [key, rows] of grouped(work, idByName, shown)) {
      const { id, kind } = key;
      const sum = sumOfWork(rows);
      const of = { org_id: id ?? otherLabel, org: id === null ? otherLabel : (shown.get(id)?.name ?? ''), kind };
      this.work.set({ ...of, state: 'waiting' }, sum.waiting + sum.delayed + sum.active);
      this.work.set({ ...of, state: 'failed' }, sum.failed + sum.dead);
      this.oldest.set(of, sum.oldestSeconds ?? 0);
    }
  }
}

interface Group {
  /** Null: of those without a series of their own. */
  id: number | null;
  kind: string;
}

function grouped(
  work: readonly WaitingWork[],
  idByName: ReadonlyMap<string, number>,
  shown: ReadonlyMap<number, ShownOrg>,
): Map<Group, WaitingWork[]> {
  const groups = new Map<string, Group>();
  const found = new Map<Group, WaitingWork[]>();
  for (const row of work) {
    const orgId = orgOf(row, idByName);
    if (orgId === null || isEmpty(row)) continue;
    const id = shown.has(orgId) ? orgId : null;
    const key = `${id} ${row.kind}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { id, kind: row.kind }));
    const rows = found.get(group);
    if (rows) rows.push(row);
    else found.set(group, [row]);
  }
  return found;
}

const isEmpty = ({ waiting, delayed, active, failed, dead }: WaitingWork): boolean =>
  waiting + delayed + active + failed + dead === 0;

/** A row's own org, or the one its queue is called after; lanes of our own services are nobody's. */
function orgOf({ orgId, name, kind }: WaitingWork, idByName: ReadonlyMap<string, number>): number | null {
  if (orgId !== null) return orgId > 0 ? orgId : null;
  if ((kind !== 'broker' && kind !== 'parked') || orgQueuePurpose(name) === null) return null;
  const alias = /^cus\.(\d+)\./.exec(name)?.[1];
  return alias === undefined ? (idByName.get(name.split('.')[0] ?? '') ?? null) : Number(alias);
}
