import { waitFor } from '@groundswell/testing';
import { TopologyFixture } from './topology-fixture';

describe('the retry circuit', () => {
  let fixture: TopologyFixture;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    const org = await fixture.addOrg('green', { custom_action_deliver: true });
    await fixture.startService();
    await fixture.confirmed(`org:${org}`);
  });
  afterAll(() => fixture.close());

  const take = (queue: string) =>
    waitFor(async () => {
      const message = await fixture.vhost.channel.get(queue);
      return message || undefined;
    });

  it('brings a rejected message home with its headers, under the key of its queue', async () => {
    const { channel } = fixture.vhost;
    channel.publish('deliver', 'green.custom.action', Buffer.from('{"a":1}'), {
      persistent: true,
      messageId: 'action:1:deliver:1',
      headers: { org_id: 7 },
    });
    channel.nack(await take('green.crm'), false, false);

    const home = await take('green.crm');
    channel.ack(home);
    expect(home.fields).toMatchObject({ exchange: 'system.retry', routingKey: 'green.crm' });
    expect(home.content.toString()).toBe('{"a":1}');
    expect(home.properties.messageId).toBe('action:1:deliver:1');
    expect(home.properties.headers).toMatchObject({ org_id: 7 });
    const deaths = home.properties.headers?.['x-death'];
    expect(deaths?.[0]).toMatchObject({ queue: 'system.retry', reason: 'expired', count: 1 });
    expect(deaths?.[1]).toMatchObject({
      queue: 'green.crm',
      reason: 'rejected',
      count: 1,
      'routing-keys': ['green.custom.action'],
    });
  });

  it('brings it home as often as it is rejected', async () => {
    const { channel } = fixture.vhost;
    channel.publish('system.retry', 'green.crm', Buffer.from('{}'), { persistent: true });
    for (let round = 0; round < 3; round += 1) channel.nack(await take('green.crm'), false, false);
    const home = await take('green.crm');
    channel.ack(home);
    expect(home.properties.headers?.['x-death']?.[0]).toMatchObject({ queue: 'system.retry', count: 3 });
  });

  it('sends to system.dead what has no home any more', async () => {
    const { channel } = fixture.vhost;
    channel.publish('system.retry', 'gone.crm', Buffer.from('{"lost":true}'), { persistent: true });
    const dead = await take('system.dead');
    channel.ack(dead);
    expect(dead.content.toString()).toBe('{"lost":true}');
    expect(dead.fields.routingKey).toBe('gone.crm');
  });
});
