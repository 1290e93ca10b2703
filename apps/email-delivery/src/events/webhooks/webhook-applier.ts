import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import type { PageResult } from '../mail-event';
import { readEvents, type ReadEvent } from '../normalising/webhook-events';
import { parseWebhook } from '../normalising/webhook-json';
import type { WebhookMetrics } from './webhook-metrics';
import { failedWebhook } from './webhook-outcome';
import type { EventFault, WebhookPages } from './webhook-pages';
import { WebhookRepository, type ClaimedWebhook, type FailedWebhook } from './webhook.repository';

export interface WebhookApplierSettings {
  /** Longest time until a webhook that became due is noticed, ms. */
  pollMs: number;
  /** How long applying what is claimed at once may take, ms. */
  leaseMs: number;
}

/** At once; each may hold a megabyte. */
const claimedAtOnce = 50;

/** Applies stored webhooks, each event by itself. Twice is safe, on one replica or on several: every effect of an event is
 *  idempotent. */
export class WebhookApplier {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private sleep = new AbortController();
  private isWoken = false;

  constructor(
    private readonly database: Database,
    private readonly pages: WebhookPages,
    private readonly metrics: WebhookMetrics,
    private readonly logger: Logger,
    private readonly settings: WebhookApplierSettings,
  ) {}

  start(): void {
    this.running = this.keepApplying();
  }

  /** Something was stored. */
  wake(): void {
    this.isWoken = true;
    this.sleep.abort();
  }

  /** What is claimed is finished first. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private async keepApplying(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.isWoken = false;
      const found = await this.turn().catch((error: unknown) => {
        this.logger.warn({ reason: nameOf(error) }, 'webhooks wait');
        return 0;
      });
      if (found < claimedAtOnce && !this.isWoken) await this.rest();
    }
  }

  private async rest(): Promise<void> {
    this.sleep = new AbortController();
    await delay(this.settings.pollMs, undefined, { signal: this.sleep.signal }).catch(() => undefined);
  }

  private async turn(): Promise<number> {
    const { pollMs, leaseMs } = this.settings;
    const claimed = await this.database.transaction((manager) =>
      new WebhookRepository(manager).claim(claimedAtOnce, leaseMs),
    );
    if (claimed.length === 0) return 0;
    try {
      await this.apply(claimed);
    } catch (error) {
      await this.database
        .run((manager) => new WebhookRepository(manager).giveBack(claimed, pollMs))
        .catch(() => undefined);
      throw error;
    }
    return claimed.length;
  }

  private async apply(claimed: readonly ClaimedWebhook[]): Promise<void> {
    const read = claimed.map((webhook) => ({ webhook, items: itemsOf(webhook) }));
    const counted: Partial<PageResult> = {};
    const faults = await this.pages.apply(
      read.flatMap(({ items }) => items),
      counted,
    );
    const applied: string[] = [];
    const failed: FailedWebhook[] = [];
    for (const { webhook, items } of read) {
      const own = items.map((item) => faults.get(item)).filter((fault): fault is EventFault => fault !== undefined);
      if (own.length > 0) failed.push(failedWebhook(webhook, own, items.length));
      else applied.push(webhook.id);
      this.metrics.count(webhook.provider, items.length - own.length, own.length);
      this.metrics.countEvents(items.flatMap((item) => ('fault' in item || faults.has(item) ? [] : item.events)));
    }
    await this.database.transaction(async (manager) => {
      const webhooks = new WebhookRepository(manager);
      if (applied.length > 0) await webhooks.markApplied(applied);
      if (failed.length > 0) await webhooks.markFailed(failed);
    });
    this.logger.info({ webhooks: claimed.length, ...counted }, 'webhooks applied');
    for (const { id, error, delayMs } of failed) {
      this.logger.warn({ webhookId: id, error, isLast: delayMs === null }, 'webhook not applied');
    }
  }
}

function itemsOf({ provider, serviceId, body, receivedAt }: ClaimedWebhook): ReadEvent[] {
  if (body === null) return [];
  try {
    return readEvents(provider, parseWebhook(body), { serviceId, receivedAt });
  } catch (error) {
    // No JSON, or nested so deep that nobody can walk it.
    return [{ raw: null, fault: nameOf(error) }];
  }
}

/** A message may quote what it is about. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
