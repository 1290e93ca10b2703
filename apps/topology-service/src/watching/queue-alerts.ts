import {
  exchanges,
  factKeys,
  orgQueuePurpose,
  queueAlertKinds,
  queueAlertV1,
  type QueueAlertKind,
} from '@groundswell/contracts';
import type { Publisher } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { QueueFigures } from '../broker/management.client';
import { orgIdOf } from '../desired/org-scope';
import type { WatchedQueueSet } from '../reconciliation/queue-set.repository';
import type { ReconcileLease } from '../reconciliation/reconcile-lease';
import type { QueueAlert, QueueAlertRepository } from './queue-alert.repository';
import { QueueProgress } from './queue-progress';

export interface QueueAlertParts {
  repository: QueueAlertRepository;
  lease: ReconcileLease;
  publisher: Pick<Publisher, 'publish'>;
  metrics: { alerts(raised: Iterable<QueueAlert>): void };
  logger: Logger;
}

interface Standing extends QueueAlert {
  /** Has a row. What passes within moments never gets one. */
  isStored: boolean;
}

/** Part of the time to an alert after which what stands gets a row. */
const storedAfter = 1 / 24;

const keyOf = (kind: QueueAlertKind, queue: string): string => `${kind} ${queue}`;

/**
 * Queues of orgs that hold messages and have no reader, or from which nothing leaves, for too long: a metric, a warning and a
 * fact (`queueAlertV1`) when it has stood long enough and when it is over. The row comes first and is told until the broker
 * has confirmed the fact, so a fact can come twice, under one id.
 */
export class QueueAlerts {
  private standing: Map<string, Standing> | undefined;
  private progress = new QueueProgress();

  constructor(
    private readonly parts: QueueAlertParts,
    private readonly afterMs: number,
  ) {}

  /** Another replica looks now. */
  forget(): void {
    this.standing = undefined;
    this.progress = new QueueProgress();
    this.parts.metrics.alerts([]);
  }

  /** `at`: by the database's clock. */
  async observe(rows: readonly WatchedQueueSet[], figures: readonly QueueFigures[], at: Date): Promise<void> {
    const standing = (this.standing ??= await this.read());
    const orgs = orgsOfQueues(rows);
    const found = this.progress.observe(figures.filter(({ name }) => orgs.has(name)));
    for (const [queue, orgId] of orgs) {
      const complaints = found.get(queue);
      for (const kind of queueAlertKinds) {
        if (!complaints) continue;
        if (complaints[kind]) await this.stands(standing, { queue, kind, orgId }, at, !complaints.no_consumer);
        else await this.isOver(standing, kind, queue);
      }
    }
    for (const alert of [...standing.values()]) {
      if (!orgs.has(alert.queue)) await this.isOver(standing, alert.kind, alert.queue);
      if (!alert.isTold) await this.tell(standing, alert);
    }
    this.parts.metrics.alerts([...standing.values()].filter(({ state }) => state === 'raised'));
  }

  private async read(): Promise<Map<string, Standing>> {
    const rows = await this.parts.repository.all();
    return new Map(rows.map((row) => [keyOf(row.kind, row.queue), { ...row, isStored: true }]));
  }

  /** Of a queue without a reader that alone is told, not also that it does not move. */
  private async stands(
    standing: Map<string, Standing>,
    { queue, kind, orgId }: Pick<QueueAlert, 'queue' | 'kind' | 'orgId'>,
    at: Date,
    isRead: boolean,
  ): Promise<void> {
    const key = keyOf(kind, queue);
    const known = standing.get(key);
    // The name was another org's.
    if (known && known.orgId !== orgId) return this.isOver(standing, kind, queue);
    // One that is over is told first; if it still stands then, it begins anew.
    if (known && known.state !== 'watched') return;
    const alert: Standing = known ?? { queue, kind, orgId, since: at, state: 'watched', isTold: true, isStored: false };
    standing.set(key, alert);
    const stoodMs = at.getTime() - alert.since.getTime();
    if (stoodMs >= this.afterMs && (isRead || kind === 'no_consumer')) {
      await this.save(alert, { state: 'raised', isTold: false });
      this.parts.logger.warn({ queue, orgId, kind, since: alert.since }, 'queue alert');
    } else if (!alert.isStored && stoodMs >= this.afterMs * storedAfter) {
      await this.save(alert, {});
    }
  }

  private async isOver(standing: Map<string, Standing>, kind: QueueAlertKind, queue: string): Promise<void> {
    const alert = standing.get(keyOf(kind, queue));
    if (!alert || alert.state === 'over') return;
    if (alert.state === 'watched') {
      await this.drop(standing, alert);
      return;
    }
    await this.save(alert, { state: 'over', isTold: false });
    this.parts.logger.info({ queue, orgId: alert.orgId, kind, since: alert.since }, 'queue alert is over');
  }

  private async tell(standing: Map<string, Standing>, alert: Standing): Promise<void> {
    const { queue, kind, orgId, since, state } = alert;
    const purpose = orgQueuePurpose(queue);
    if (state === 'watched' || purpose === null) return;
    const fact = {
      schema: 'groundswell:queue-alert:1',
      orgId,
      queue,
      purpose,
      kind,
      state,
      since: since.toISOString(),
    };
    const result = await this.parts.publisher.publish({
      exchange: exchanges.event,
      routingKey: factKeys.queueAlert,
      body: JSON.stringify(queueAlertV1.parse(fact)),
      messageId: `queue-alert:${queue}:${kind}:${since.getTime()}:${state}`,
      mandatory: false,
    });
    if (result.status !== 'confirmed') return;
    if (state === 'over') await this.drop(standing, alert);
    else await this.save(alert, { isTold: true });
  }

  private async save(alert: Standing, changes: Partial<QueueAlert>): Promise<void> {
    const { lease, repository } = this.parts;
    const next = { ...alert, ...changes };
    await lease.write((manager) => repository.save(manager, next));
    Object.assign(alert, changes, { isStored: true });
  }

  private async drop(standing: Map<string, Standing>, alert: Standing): Promise<void> {
    const { lease, repository } = this.parts;
    if (alert.isStored) await lease.write((manager) => repository.remove(manager, alert));
    standing.delete(keyOf(alert.kind, alert.queue));
  }
}

const orgsOfQueues = (rows: readonly WatchedQueueSet[]): Map<string, number> =>
  new Map(
    rows.flatMap(({ scope, queues }) => {
      const orgId = orgIdOf(scope);
      return orgId === null
        ? []
        : queues.filter((queue) => orgQueuePurpose(queue) !== null).map((queue) => [queue, orgId] as const);
    }),
  );
