import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { EventSources } from '../loops/event-source';
import { trustThresholdMs } from '../loops/loop-rules';
import { UnknownDeliveryRepository, type AcceptedMail, type UnknownDelivery } from './unknown-delivery.repository';

/** Clocks may differ that much, ours and the provider's. */
const skewMs = 300_000;
const hourMs = 3_600_000;
/** Every plan of Mailgun's keeps a day. */
const keptMs = 23 * hourMs;
const rowsPerRun = 200;
/** Accepted events read for one group of rows; with more nobody can be sure. */
const maxEvents = 50_000;

interface Asked {
  begin: Date;
  end: Date;
  rows: UnknownDelivery[];
}

/**
 * Asks Mailgun what became of calls without an answer (email-events.md §9.4). Each message carries its row's id, and Mailgun
 * tells of each message it accepts, so a mail of which it tells was sent, and one of which it does not, half an hour later,
 * was never taken over: only then is it certain that a second call makes no second mail. Mailgun cannot look for variables,
 * so all it accepted around the call is read. What is doubtful (too much to read, unreadable records, an account changed
 * since, a call a day ago) stays `unknown` for a person. Twice is safe: a row changes only as it was read.
 */
export class ReconcileUnknownTask implements ScheduledTask {
  readonly id = 'reconcile-unknown-mails';

  constructor(
    private readonly database: Database,
    private readonly sources: EventSources,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly settledMs = trustThresholdMs + skewMs,
  ) {}

  async run(): Promise<void> {
    const { settledMs } = this;
    const rows = await this.database.run((manager) =>
      new UnknownDeliveryRepository(manager).findAskable({ settledMs, keptMs, limit: rowsPerRun }),
    );
    for (const serviceId of new Set(rows.map((row) => row.serviceId))) {
      const ofService = rows.filter((row) => row.serviceId === serviceId);
      try {
        for (const asked of groupByTime(ofService)) await this.settle(serviceId, asked);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ serviceId, rows: ofService.length, reason }, 'provider not asked about unknown mails');
      }
    }
  }

  private async settle(serviceId: number, asked: Asked): Promise<void> {
    const found = await this.findAccepted(serviceId, asked);
    if (!found) return;
    const { accepted, isComplete } = found;
    const foundIds = new Set(accepted.map(({ id }) => id));
    const absent = isComplete ? asked.rows.filter(({ id }) => !foundIds.has(id)) : [];
    await this.database.transaction(async (manager) => {
      const deliveries = new UnknownDeliveryRepository(manager);
      await deliveries.markSent(asked.rows, accepted);
      await deliveries.queueAgain(absent);
    });
    const fields = { serviceId, sent: accepted.length, queuedAgain: absent.length };
    this.logger.warn(
      { ...fields, unknown: asked.rows.length - accepted.length - absent.length },
      'unknown mails settled',
    );
  }

  private async findAccepted(serviceId: number, { begin, end, rows }: Asked) {
    const source = await this.sources.open(serviceId);
    if (!source) return null;
    const ids = new Set(rows.map(({ id }) => id));
    const accepted = new Map<number, AcceptedMail>();
    try {
      const { ended, skipped } = await source.fetch(
        { begin, end, types: ['accepted'] },
        {
          maxEvents,
          onPage: ({ events }) => {
            for (const { type, deliveryId, providerMessageId, at } of events) {
              if (type !== 'accepted' || deliveryId === null || !ids.has(deliveryId)) continue;
              if (!accepted.has(deliveryId)) accepted.set(deliveryId, { id: deliveryId, providerMessageId, at });
            }
            return Promise.resolve(accepted.size < ids.size);
          },
        },
      );
      return { accepted: [...accepted.values()], isComplete: ended === 'drained' && skipped === 0 };
    } finally {
      await source.close();
    }
  }
}

/** Rows whose calls lie close together are asked for at once. */
export function groupByTime(rows: readonly UnknownDelivery[]): Asked[] {
  const groups: Asked[] = [];
  for (const row of [...rows].sort((a, b) => +a.notBefore - +b.notBefore)) {
    const begin = new Date(row.notBefore.getTime() - skewMs);
    const end = new Date(row.notAfter.getTime() + skewMs);
    const group = groups.at(-1);
    if (group && begin <= group.end) {
      group.rows.push(row);
      if (end > group.end) group.end = end;
    } else groups.push({ begin, end, rows: [row] });
  }
  return groups;
}
