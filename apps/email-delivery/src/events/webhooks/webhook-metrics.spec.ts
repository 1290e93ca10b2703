import { Metrics } from '@groundswell/observability';
import { WebhookMetrics } from './webhook-metrics';

it('counts events of the named providers by type, and what bounced in the words of the specification', async () => {
  const metrics = new Metrics('email-delivery', { withProcessMetrics: false });
  new WebhookMetrics(metrics).countEvents([
    { provider: 'mailjet', type: 'delivered', severity: null },
    { provider: 'mailjet', type: 'failed', severity: 'permanent' },
    { provider: 'mailjet', type: 'failed', severity: 'temporary' },
    { provider: 'brevo', type: 'complained', severity: null },
    { provider: 'brevo', type: 'unsubscribed', severity: null },
    { provider: 'brevo', type: 'blocked', severity: null },
    { provider: 'ses', type: 'failed', severity: 'permanent' },
  ]);
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('proca_'));
  expect(lines.map((line) => line.replace(',service="email-delivery"', ''))).toEqual([
    'proca_mailjet_events_count{reason="delivered"} 1',
    'proca_mailjet_events_count{reason="failed"} 2',
    'proca_mailjet_bounces_count{reason="hard_bounce"} 1',
    'proca_mailjet_bounces_count{reason="soft_bounce"} 1',
    'proca_brevo_events_count{reason="complained"} 1',
    'proca_brevo_events_count{reason="unsubscribed"} 1',
    'proca_brevo_events_count{reason="blocked"} 1',
    'proca_brevo_bounces_count{reason="spam"} 1',
    'proca_brevo_bounces_count{reason="unsub"} 1',
    'proca_brevo_bounces_count{reason="blocked"} 1',
  ]);
});
