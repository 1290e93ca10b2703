import type { Metrics } from '@groundswell/observability';
import type { MailEvent } from '../mail-event';

/** Providers whose events email-and-mtt.md §8.2 names metrics for. */
const namedProviders = ['mailjet', 'brevo'] as const;

/** What became of events that came by webhook. */
export class WebhookMetrics {
  private readonly events;
  private readonly stuck;
  private readonly named;

  constructor(metrics: Metrics) {
    this.events = metrics.counter('groundswell_mail_webhook_events_total', 'Events that came by webhook', [
      'provider',
      'outcome',
    ]);
    this.stuck = metrics.gauge('groundswell_mail_webhooks_stuck', 'Webhooks that wait for a person');
    this.named = new Map<string, ProviderCounters>(
      namedProviders.map((provider) => [provider, providerCounters(metrics, provider)]),
    );
  }

  count(provider: string, applied: number, failed: number): void {
    if (applied > 0) this.events.inc({ provider, outcome: 'applied' }, applied);
    if (failed > 0) this.events.inc({ provider, outcome: 'failed' }, failed);
  }

  /** Those that were applied. */
  countEvents(events: readonly Pick<MailEvent, 'provider' | 'type' | 'severity'>[]): void {
    for (const event of events) {
      const counters = this.named.get(event.provider);
      counters?.events.inc({ reason: event.type });
      const bounce = bounceOf(event);
      if (bounce) counters?.bounces.inc({ reason: bounce });
    }
  }

  setStuck(count: number): void {
    this.stuck.set(count);
  }
}

type ProviderCounters = ReturnType<typeof providerCounters>;

const providerCounters = (metrics: Metrics, provider: (typeof namedProviders)[number]) => ({
  events: metrics.counter(`proca_${provider}_events_count`, `Events of ${provider} that were applied, by type`, [
    'reason',
  ]),
  bounces: metrics.counter(
    `proca_${provider}_bounces_count`,
    `Bounces, blocks and complaints that ${provider} told of`,
    ['reason'],
  ),
});

/** In the words of email-and-mtt.md §4. */
function bounceOf({ type, severity }: Pick<MailEvent, 'type' | 'severity'>): string | null {
  switch (type) {
    case 'failed':
      return severity === 'permanent' ? 'hard_bounce' : 'soft_bounce';
    case 'blocked':
      return 'blocked';
    case 'complained':
      return 'spam';
    case 'unsubscribed':
      return 'unsub';
    case 'accepted':
    case 'delivered':
    case 'opened':
    case 'clicked':
    case 'other':
      return null;
  }
}
