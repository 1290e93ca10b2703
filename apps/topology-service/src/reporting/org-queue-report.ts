import { orgQueuePurpose, topologyRefusals, type OrgQueuesAnswerV1, type QueueAlertKind } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Database } from '@groundswell/persistence';
import type { QueueFigures } from '../broker/management.client';
import { orgScopeName } from '../desired/org-scope';
import type { QueueSetRepository } from '../reconciliation/queue-set.repository';

interface QueueRow {
  queue: string;
  emptyAt: Date | null;
  alerts: { kind: QueueAlertKind; since: string }[];
}

/** A queue was empty when it was declared. */
const queueRows = `
  select w.queue, coalesce(m.drained_at, case when m.is_declared then m.noted_at end) as "emptyAt",
         coalesce((select jsonb_agg(jsonb_build_object('kind', a.kind, 'since', a.since) order by a.kind)
                     from topology.queue_alerts a where a.queue = w.queue and a.org_id = $2 and a.state = 'raised'), '[]') as alerts
    from unnest($1::text[]) as w (queue) left join topology.queue_marks m on m.queue = w.queue`;

/** One org's queues, for its own people. */
export class OrgQueueReports {
  constructor(
    private readonly database: Database,
    private readonly queueSets: Pick<QueueSetRepository, 'all'>,
    /** The newest list of figures, null while the broker does not give one. */
    private readonly figures: () => Promise<QueueFigures[] | null>,
  ) {}

  async of(orgId: number): Promise<OrgQueuesAnswerV1> {
    const row = (await this.queueSets.all()).find(({ scope }) => scope === orgScopeName(orgId));
    if (!row) return { state: 'pending', isFull: false, queues: [] };
    const found = await this.figures();
    if (!found) throw new RpcRefusedError(topologyRefusals.brokerAway, 'the broker does not say');
    const figures = new Map(found.map((queue) => [queue.name, queue]));
    const names = row.queues.filter((name) => orgQueuePurpose(name) !== null);
    const rows = await this.database.query<QueueRow>(queueRows, [names, orgId]);
    const queues = rows.map((one) => reported(one, figures.get(one.queue)));
    return { state: row.state, isFull: row.isFull, queues: queues.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }
}

const reported = ({ queue, emptyAt, alerts }: QueueRow, found: QueueFigures | undefined) => ({
  name: queue,
  purpose: orgQueuePurpose(queue)!,
  exists: found !== undefined,
  ready: found?.messages_ready ?? null,
  unacknowledged: found?.messages_unacknowledged ?? null,
  consumers: found?.consumers ?? null,
  bytes: found?.message_bytes ?? null,
  emptyAt: emptyAt?.toISOString() ?? null,
  alerts: alerts.map(({ kind, since }) => ({ kind, since: new Date(since).toISOString() })),
});
