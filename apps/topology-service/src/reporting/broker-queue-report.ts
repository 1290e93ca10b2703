import { topologyRefusals, type BrokerQueuesAnswerV1 } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Database } from '@groundswell/persistence';
import type { QueueFigures } from '../broker/management.client';
import { orgScopeName } from '../desired/org-scope';
import type { QueueSetRepository } from '../reconciliation/queue-set.repository';

/** When each was last seen empty; a queue was empty when it was declared. */
const emptyAtRows = `select queue, coalesce(drained_at, case when is_declared then noted_at end) as "emptyAt"
  from topology.queue_marks where queue = any($1::text[])`;

/** What the broker holds, for the queue monitor. */
export class BrokerQueueReports {
  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly queueSets: Pick<QueueSetRepository, 'all'>,
    /** The newest list of figures, null while the broker does not give one. */
    private readonly figures: () => Promise<QueueFigures[] | null>,
  ) {}

  /** Of one org; null: everything that is declared by us. */
  async of(orgId: number | null): Promise<BrokerQueuesAnswerV1> {
    const [sets, found] = await Promise.all([this.queueSets.all(), this.figures()]);
    if (!found) throw new RpcRefusedError(topologyRefusals.brokerAway, 'the broker does not say');
    const asked = orgId === null ? sets : sets.filter(({ scope }) => scope === orgScopeName(orgId));
    const ours = new Set(asked.flatMap(({ queues }) => queues));
    const queues = found.filter(({ name }) => ours.has(name));
    const rows = await this.database.query<{ queue: string; emptyAt: Date | null }>(emptyAtRows, [
      queues.map(({ name }) => name),
    ]);
    const emptyAt = new Map(rows.map((row) => [row.queue, row.emptyAt?.toISOString() ?? null]));
    return {
      queues: queues.map(({ name, ...figures }) => ({
        name,
        ready: figures.messages_ready ?? null,
        unacknowledged: figures.messages_unacknowledged ?? null,
        consumers: figures.consumers ?? null,
        bytes: figures.message_bytes ?? null,
        emptyAt: emptyAt.get(name) ?? null,
      })),
    };
  }
}
