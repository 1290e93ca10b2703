import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { PushBacklog, PushMetrics } from './push-metrics';

const everyMs = 30_000;

/** Sets the figures of what waits; the replica that did it last shows them. */
export class ObservePushesTask implements ScheduledTask {
  readonly id = 'observe-pushes';
  readonly everyMs = everyMs;

  constructor(
    private readonly database: Database,
    private readonly metrics: PushMetrics,
  ) {}

  async run(): Promise<void> {
    const [backlog] = await this.database.query<PushBacklog>(
      `select w.waiting, w."oldestWaitingS",
              (select count(*)::int from forwarder.pushes where state = 'failed') as failed,
              (select count(*)::int from forwarder.endpoints where disabled_at is not null) as "disabledEndpoints"
         from (select count(*)::int as waiting,
                      coalesce(extract(epoch from now() - min(taken_at)), 0)::float8 as "oldestWaitingS"
                 from forwarder.pushes where state = 'waiting') w`,
    );
    if (backlog) this.metrics.observe(backlog);
  }
}
