import type { ConfirmChannel } from 'amqplib';
import { TopologyFixture } from './topology-fixture';

/** Publishes and tells in which queues it landed. */
describe('the routing table (processing.md 7.1)', () => {
  let fixture: TopologyFixture;
  let publishing: ConfirmChannel;
  const readers = [
    'green.crm',
    'green.confirm',
    'green.moderate',
    'hook.webhook',
    'red.crm',
    'system.email.confirm',
    'system.email.thankyou',
    'system.email.request',
    'system.sqs',
    'system.events',
    'system.dead',
    'system.event.stats-service',
    'system.event.mtt-service',
    'system.event.notify-service',
    ...Array.from({ length: 16 }, (_, partition) => `system.ingest.${partition}`),
  ];

  const landing = async (exchange: string, key: string): Promise<string[]> => {
    publishing.publish(exchange, key, Buffer.from('{}'), { persistent: true });
    await publishing.waitForConfirms();
    const landed: string[] = [];
    for (const queue of readers) {
      if (await fixture.vhost.channel.get(queue, { noAck: true })) landed.push(queue);
    }
    return landed;
  };

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    const green = await fixture.addOrg('green', {
      custom_supporter_confirm: true,
      custom_action_confirm: true,
      custom_action_deliver: true,
      custom_event_deliver: true,
    });
    const hook = await fixture.addOrg('hook');
    const webhook = await fixture.addService(hook, 'webhook');
    await fixture.updateOrg(hook, { push_backend_id: webhook, event_backend_id: webhook });
    const cloud = await fixture.addOrg('cloud');
    const sqs = await fixture.addService(cloud, 'sqs');
    await fixture.updateOrg(cloud, { push_backend_id: sqs, event_backend_id: sqs });
    const red = await fixture.addOrg('red', { custom_action_deliver: true });
    const silent = await fixture.addOrg('silent');
    await fixture.startService({
      DEPLOYED_SERVICES:
        'api-gateway,action-ingest,email-delivery,crm-forwarder,stats-service,mtt-service,notify-service',
    });
    for (const org of [green, hook, cloud, red, silent]) await fixture.confirmed(`org:${org}`);
    await fixture.confirmed('system');
    publishing = await (await fixture.administrator()).createConfirmChannel();
  });
  afterAll(() => fixture.close());

  it.each([
    ['confirm', 'silent.system.supporter', ['system.email.confirm']],
    ['confirm', 'green.custom.supporter', ['green.confirm']],
    ['confirm', 'green.custom.action', ['green.moderate']],
    ['confirm', 'red.custom.supporter', []],
    ['deliver', 'silent.system.action', ['system.email.thankyou']],
    ['deliver', 'green.system.action', ['green.crm', 'system.email.thankyou']],
    ['deliver', 'green.custom.action', ['green.crm']],
    ['deliver', 'red.custom.action', ['red.crm']],
    ['deliver', 'cloud.system.action', ['system.email.thankyou', 'system.sqs']],
    ['deliver', 'hook.system.action', ['hook.webhook', 'system.email.thankyou']],
    ['deliver', 'system.mail.thankyou', ['system.email.request']],
    ['deliver', 'system.mail.target', ['system.email.request']],
    ['deliver', 'Green.custom.action', []],
    ['ingest', '0', ['system.ingest.0']],
    ['ingest', '15', ['system.ingest.15']],
    ['ingest', '16', []],
    ['event', 'green.supporter.email_status', ['green.crm']],
    ['event', 'red.supporter.email_status', []],
    ['event', 'cloud.campaign_updated', ['system.sqs']],
    ['event', 'hook.campaign_updated', ['hook.webhook']],
    ['event', 'green.system.user_registered', ['green.crm', 'system.events']],
    ['event', 'silent.system.user_registered', ['system.events']],
    ['event', 'system.fact.action.added', ['system.event.mtt-service', 'system.event.notify-service']],
    ['event', 'system.fact.mail.outcome', ['system.event.mtt-service', 'system.event.notify-service']],
    ['event', 'system.fact.mail.supporter', ['system.event.notify-service']],
    ['event', 'system.fact.queue.alert', ['system.event.notify-service']],
    ['event', 'system.fact.push.disabled', ['system.event.notify-service']],
    ['event', 'system.fact.followup.closed', ['system.event.notify-service']],
    ['event', 'system.stats.changed', ['system.event.notify-service']],
    ['event', 'system.fact.counters', ['system.event.stats-service']],
    ['event', 'system.fact.confirm.created', ['system.event.notify-service']],
    ['event', 'system.catalogue.changed', []],
    ['system.retry', 'green.crm', ['green.crm']],
    ['system.retry', 'system.ingest.4', ['system.ingest.4']],
    ['system.retry', 'hook.webhook', ['hook.webhook']],
    ['system.retry', 'nobody.crm', ['system.dead']],
  ])('%s with key %s goes to %j', async (exchange, key, queues) => {
    expect((await landing(exchange, key)).sort()).toEqual([...queues].sort());
  });
});
