import type { ManagementClient, QueueFigures } from '../broker/management.client';
import type { LossRepository, RecordedLoss } from '../losses/loss.repository';
import type { Alarms } from '../reconciliation/alarms';
import type { QueueSetRepository, QueueSetState } from '../reconciliation/queue-set.repository';

export interface ReportedQueue {
  name: string;
  /** Null where the broker has no such queue, or has not said yet. */
  messages: number | null;
  ready: number | null;
  unacknowledged: number | null;
  bytes: number | null;
  consumers: number | null;
  leader: string | null;
}

export interface ReportedScope {
  scope: string;
  state: QueueSetState;
  version: string;
  detail: string | null;
  wholeAt: Date | null;
  isFull: boolean;
  queues: ReportedQueue[];
}

export interface TopologyReport {
  at: Date;
  /** Whether the figures are there; without them the rest still holds. */
  broker: 'answers' | 'away';
  /** Of this replica; only the one that reconciles raises any. */
  alarms: string[];
  scopes: ReportedScope[];
  /** The newest ones first. */
  losses: RecordedLoss[];
}

/** Everything topology-service knows, for a person to read. The list of queues is asked for at most once a second. */
export class TopologyReports {
  private kept: { until: number; figures: Promise<QueueFigures[] | null> } | undefined;

  constructor(
    private readonly queueSets: Pick<QueueSetRepository, 'all'>,
    private readonly losses: Pick<LossRepository, 'latest'>,
    private readonly management: Pick<ManagementClient, 'figures'>,
    private readonly alarms: Pick<Alarms, 'all'>,
  ) {}

  /** Throws when the database is away. */
  async report(): Promise<TopologyReport> {
    const [rows, losses, figures] = await Promise.all([this.queueSets.all(), this.losses.latest(), this.figures()]);
    const byName = new Map(figures?.map((queue) => [queue.name, queue]));
    return {
      at: new Date(),
      broker: figures ? 'answers' : 'away',
      alarms: this.alarms.all,
      scopes: rows.map(({ scope, state, version, detail, wholeAt, isFull, queues }) => ({
        ...{ scope, state, version, detail, wholeAt, isFull },
        queues: queues.map((name) => reported(name, byName.get(name))),
      })),
      losses,
    };
  }

  /** Null while the broker does not answer. */
  figures(): Promise<QueueFigures[] | null> {
    if (!this.kept || this.kept.until < performance.now()) {
      // Away: said in the report, which is worth reading without them.
      this.kept = { until: performance.now() + 1_000, figures: this.management.figures().catch(() => null) };
    }
    return this.kept.figures;
  }
}

const reported = (name: string, found: QueueFigures | undefined): ReportedQueue => ({
  name,
  messages: found?.messages ?? null,
  ready: found?.messages_ready ?? null,
  unacknowledged: found?.messages_unacknowledged ?? null,
  bytes: found?.message_bytes ?? null,
  consumers: found?.consumers ?? null,
  leader: found?.leader ?? null,
});
