import { Metrics } from '@groundswell/observability';
import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';
import { MailMetrics } from './mail-metrics';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const aDelivery = (columns: Partial<ClaimedDelivery> = {}): ClaimedDelivery =>
  ({
    ...{ id: 1, kind: 'confirm', purpose: 'supporter:confirm:5', orgId: 7, attempts: 2 },
    ...{ acceptedAt: new Date(Date.now() - 400), createdAt: new Date() },
    ...columns,
  }) as ClaimedDelivery;

const sent: DeliveryEnd = { id: 1, state: 'sent', attempts: 3, providerMessageId: null };

async function shown(deliveries: [ClaimedDelivery, DeliveryEnd][], names: RegExp): Promise<string[]> {
  const metrics = new Metrics('email-delivery', { withProcessMetrics: false });
  const mail = new MailMetrics(metrics);
  for (const [delivery, end] of deliveries) mail.ended('smtp', delivery, end);
  const lines = (await metrics.text()).split('\n').filter((line) => names.test(line) && !/ 0$/.test(line));
  return lines.map((line) =>
    line
      .replace('{service="email-delivery"}', '')
      .replace(/service="email-delivery",?/, '')
      .replace(',}', '}'),
  );
}

it.each<[string, DeliveryEnd, string[]]>([
  ['taken by the provider', sent, ['proca_email_sent{backend="smtp",kind="confirm"} 1']],
  [
    'to be tried again',
    { id: 1, state: 'queued', attempts: 3, error: 'busy', delayMs: 9 },
    ['proca_email_failed{backend="smtp",kind="confirm",class="later"} 1'],
  ],
  ['put back untried', { id: 1, state: 'queued', attempts: 2, error: null, delayMs: 0 }, []],
  [
    'refused for good',
    { id: 1, state: 'failed', attempts: 3, error: 'no such user' },
    [
      'proca_email_failed{backend="smtp",kind="confirm",class="final"} 1',
      'proca_email_dead{backend="smtp",kind="confirm"} 1',
    ],
  ],
  [
    'held back before the call',
    { id: 1, state: 'failed', attempts: 2, error: 'erased' },
    ['proca_email_failed{backend="smtp",kind="confirm",class="withheld"} 1'],
  ],
  [
    'of unknown end',
    { id: 1, state: 'unknown', attempts: 3, error: 'cut' },
    [
      'proca_email_failed{backend="smtp",kind="confirm",class="unknown"} 1',
      'proca_email_dead{backend="smtp",kind="confirm"} 1',
    ],
  ],
])('counts a mail %s', async (_, end, lines) => {
  expect(await shown([[aDelivery(), end]], /^proca_email_(sent|failed|dead)\{/)).toEqual(lines);
});

it('measures how late answers to actions are, by org, and neither reminders nor what is asked for again', async () => {
  const lines = await shown(
    [
      [aDelivery(), sent],
      [aDelivery({ kind: 'confirm_again', purpose: 'supporter:confirm_again:5' }), sent],
      [aDelivery({ kind: 'duplicate', purpose: 'supporter:duplicate:5', orgId: 8 }), sent],
      [aDelivery({ purpose: 'supporter:confirm:5:r1' }), sent],
      [aDelivery({ kind: 'reminder', purpose: 'supporter:reminder:5:n1' }), sent],
      [aDelivery({ kind: 'confirm', purpose: 'request:confirm:5' }), sent],
      [aDelivery({ acceptedAt: null }), sent],
    ],
    /^proca_email_.*(lag_ms_count|le="500"|unknown_count|reminder_confirm)/,
  );
  expect(lines).toEqual([
    'proca_email_supporter_confirm_lag_ms_bucket{le="500",org_id="7"} 2',
    'proca_email_supporter_confirm_lag_ms_count{org_id="7"} 2',
    'proca_email_supporter_confirm_lag_unknown_count 1',
    'proca_email_thank_you_lag_ms_bucket{le="500",org_id="8"} 1',
    'proca_email_thank_you_lag_ms_count{org_id="8"} 1',
    'proca_email_reminder_confirm_count{org_id="7"} 1',
  ]);
});
