import { TestVhost } from '@groundswell/testing';
import { BrokerAwayError } from '../../src/broker/broker-away.error';
import { QueueCheck } from '../../src/broker/queue-check';

const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

describe('asking queues whether they answer', () => {
  let vhost: TestVhost;
  let check: QueueCheck;

  beforeAll(async () => {
    vhost = await TestVhost.create();
    check = new QueueCheck({ url: vhost.amqpUrl, lanes: 4, answerMs: 60_000 });
  });
  afterAll(() => vhost.delete());

  it('leaves no trace in those that hold messages', async () => {
    await vhost.channel.assertQueue('green.crm', quorum);
    await vhost.send('green.crm', [Buffer.from('1'), Buffer.from('2'), Buffer.from('3')]);
    for (let count = 0; count < 3; count += 1) {
      expect(await check.ask(['green.crm'], () => true)).toEqual({ answering: ['green.crm'], mute: [] });
    }
    for (const text of ['1', '2', '3']) {
      const message = await vhost.channel.get('green.crm');
      if (!message) throw new Error(`${text} is not there`);
      expect(message.content.toString()).toBe(text);
      expect(message.fields.redelivered).toBe(false);
      expect(message.properties.headers?.['x-delivery-count'] ?? 0).toBe(0);
      vhost.channel.ack(message);
    }
    expect((await vhost.channel.checkQueue('green.crm')).consumerCount).toBe(0);
  });

  it('tells those that are not there from those that are, and asks on', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `many.${index}`);
    for (const name of names) await vhost.channel.assertQueue(name, quorum);
    const found = await check.ask([...names.slice(0, 10), 'nowhere', ...names.slice(10)], () => true);
    expect(found.mute).toEqual(['nowhere']);
    expect([...found.answering].sort()).toEqual([...names].sort());
  });

  it('stops when there is no more time', async () => {
    let left = 3;
    const found = await check.ask(
      Array.from({ length: 20 }, (_, index) => `many.${index}`),
      () => left-- > 0,
    );
    expect(found.answering.length).toBeLessThan(20);
  });

  it('says so when the broker is away', async () => {
    const away = new QueueCheck({ url: 'amqp://127.0.0.1:9', lanes: 4, answerMs: 100 });
    await expect(away.ask(['green.crm'], () => true)).rejects.toThrow(BrokerAwayError);
  });
});
