import type { ChannelModel } from 'amqplib';
import { waitFor } from '@groundswell/testing';
import { answerTo, TopologyFixture } from './topology-fixture';

const refused = 403;
const body = Buffer.from('{}');

describe('broker users', () => {
  let fixture: TopologyFixture;
  let green: number;
  let connection: ChannelModel;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    green = await fixture.addOrg('green-org', {
      custom_action_deliver: true,
      custom_supporter_confirm: true,
      custom_action_confirm: true,
    });
    const red = await fixture.addOrg('green-org2', { custom_action_deliver: true });
    const hook = await fixture.addService(green, 'webhook');
    await fixture.updateOrg(green, { push_backend_id: hook });
    await fixture.startService();
    await Promise.all([
      fixture.confirmed(`org:${green}`),
      fixture.confirmed(`org:${red}`),
      fixture.confirmed('system'),
    ]);
  });
  afterAll(() => fixture.close());

  describe('of an org', () => {
    beforeAll(async () => {
      const { user, password } = await fixture.orgUser(green);
      expect(user).toBe(`${fixture.prefix}org-${green}`);
      connection = await fixture.logIn(user, password);
    });

    it.each(['green-org.crm', 'green-org.confirm', 'green-org.moderate'])('looks at and reads %s', async (queue) => {
      expect(await answerTo(connection, (channel) => channel.checkQueue(queue))).toBe('ok');
      expect(await answerTo(connection, (channel) => channel.consume(queue, () => undefined))).toBe('ok');
    });

    it('may reject a message into the retry circuit', async () => {
      await fixture.vhost.send('green-org.crm', [{}]);
      const channel = await connection.createChannel();
      const message = await waitFor(() => channel.get('green-org.crm'));
      if (message) channel.nack(message, false, false);
      await waitFor(async () => {
        const home = await channel.get('green-org.crm', { noAck: true });
        return home && home.fields.exchange === 'system.retry';
      });
      await channel.close();
    });

    it.each([
      'green-org2.crm',
      'green-org.webhook',
      'system.email.thankyou',
      'system.ingest.0',
      'system.retry',
      'system.dead',
      'system.events',
    ])('may not read %s', async (queue) => {
      expect(await answerTo(connection, (channel) => channel.consume(queue, () => undefined))).toBe(refused);
      expect(await answerTo(connection, (channel) => channel.get(queue))).toBe(refused);
    });

    it.each(['', 'ingest', 'confirm', 'deliver', 'event', 'reply', 'system.fail', 'system.retry', 'amq.topic'])(
      'may not publish to exchange "%s"',
      async (exchange) => {
        const publish = async (channel: { publish(e: string, k: string, b: Buffer): boolean }) =>
          channel.publish(exchange, 'green-org.crm', body);
        expect(await answerTo(connection, publish)).toBe(refused);
      },
    );

    it('may not declare, bind or delete anything', async () => {
      const steps = [
        answerTo(connection, (channel) => channel.assertQueue('green-org.extra')),
        answerTo(connection, (channel) => channel.assertQueue('', { exclusive: true })),
        answerTo(connection, (channel) => channel.assertExchange('green-org', 'topic')),
        answerTo(connection, (channel) => channel.bindQueue('green-org.crm', 'deliver', '#')),
        answerTo(connection, (channel) => channel.unbindQueue('green-org.crm', 'deliver', 'green-org.*.*')),
        answerTo(connection, (channel) => channel.deleteQueue('green-org.crm')),
        answerTo(connection, (channel) => channel.deleteExchange('deliver')),
      ];
      expect(await Promise.all(steps)).toEqual(steps.map(() => refused));
    });

    it('may not use the management API', async () => {
      const { user, password } = await fixture.orgUser(green);
      const { origin } = new URL(process.env['TEST_AMQP_MANAGEMENT_URL'] ?? '');
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      expect((await fetch(`${origin}/api/overview`, { headers: { authorization } })).status).toBe(401);
    });
  });

  describe('of the gateway', () => {
    let gateway: ChannelModel;
    beforeAll(async () => {
      gateway = await fixture.logIn(`${fixture.prefix}gateway`, 'gateway-password');
    });

    it.each([
      ['ingest', 'ok'],
      ['event', 'ok'],
      ['reply', 'ok'],
      ['deliver', 'ok'],
      ['system.retry', 'ok'],
      ['', refused],
      ['confirm', refused],
      ['system.fail', refused],
      ['system.dead', refused],
    ])('publishes to "%s": %s', async (exchange, answer) => {
      expect(await answerTo(gateway, async (channel) => channel.publish(exchange, 'x', body))).toBe(answer);
    });

    it('makes, binds and reads queues of its own, and no others', async () => {
      const own = { exclusive: true, autoDelete: true };
      const steps = [
        answerTo(gateway, async (channel) => {
          await channel.assertQueue('event.api-gateway.1', own);
          await channel.bindQueue('event.api-gateway.1', 'event', 'system.catalogue.#');
          await channel.consume('event.api-gateway.1', () => undefined);
        }),
        answerTo(gateway, async (channel) => {
          await channel.assertQueue('reply.api-gateway.1', own);
          await channel.bindQueue('reply.api-gateway.1', 'reply', 'reply.api-gateway.1');
        }),
        answerTo(gateway, async (channel) => {
          await channel.assertQueue('event.api-gateway.2', own);
          await channel.bindQueue('event.api-gateway.2', 'deliver', '#');
        }),
        answerTo(gateway, (channel) => channel.assertQueue('event.action-ingest.1', own)),
        answerTo(gateway, (channel) => channel.assertQueue('xevent.api-gateway.1', own)),
        answerTo(gateway, (channel) => channel.get('system.ingest.0')),
        answerTo(gateway, (channel) => channel.get('green-org.crm')),
        answerTo(gateway, (channel) => channel.deleteQueue('system.ingest.0')),
      ];
      expect(await Promise.all(steps)).toEqual(['ok', 'ok', refused, refused, refused, refused, refused, refused]);
    });
  });

  describe('of action-ingest', () => {
    let ingest: ChannelModel;
    beforeAll(async () => {
      ingest = await fixture.logIn(`${fixture.prefix}ingest`, 'ingest-password');
    });

    it.each([
      ['ingest', 'ok'],
      ['confirm', 'ok'],
      ['deliver', 'ok'],
      ['event', 'ok'],
      ['reply', 'ok'],
      ['', refused],
      ['system.fail', refused],
      ['system.retry', 'ok'],
    ])('publishes to "%s": %s', async (exchange, answer) => {
      expect(await answerTo(ingest, async (channel) => channel.publish(exchange, 'x', body))).toBe(answer);
    });

    it.each([
      ['system.ingest.0', 'ok'],
      ['system.ingest.15', 'ok'],
      ['green-org.crm', refused],
      ['system.email.confirm', refused],
    ])('reads %s: %s', async (queue, answer) => {
      expect(await answerTo(ingest, (channel) => channel.consume(queue, () => undefined))).toBe(answer);
    });
  });

  describe('of notify-service', () => {
    let notify: ChannelModel;
    beforeAll(async () => {
      notify = await fixture.logIn(`${fixture.prefix}notify`, 'notify-password');
    });

    it.each([
      ['deliver', 'ok'],
      ['event', 'ok'],
      ['reply', 'ok'],
      ['', refused],
      ['ingest', 'ok'],
      ['confirm', refused],
      ['system.fail', refused],
      ['system.retry', refused],
    ])('publishes to "%s": %s', async (exchange, answer) => {
      expect(await answerTo(notify, async (channel) => channel.publish(exchange, 'x', body))).toBe(answer);
    });

    it.each([
      ['system.event.notify-service', 'ok'],
      ['system.ingest.0', refused],
      ['system.email.request', refused],
      ['green-org.crm', refused],
    ])('reads %s: %s', async (queue, answer) => {
      expect(await answerTo(notify, (channel) => channel.consume(queue, () => undefined))).toBe(answer);
    });
  });

  describe('of email-delivery', () => {
    let mail: ChannelModel;
    beforeAll(async () => {
      mail = await fixture.logIn(`${fixture.prefix}mail`, 'mail-password');
    });

    it.each([
      ['event', 'ok'],
      ['ingest', 'ok'],
      ['reply', 'ok'],
      ['', refused],
      ['deliver', refused],
      ['confirm', refused],
      ['system.fail', refused],
      ['system.retry', refused],
    ])('publishes to "%s": %s', async (exchange, answer) => {
      expect(await answerTo(mail, async (channel) => channel.publish(exchange, 'x', body))).toBe(answer);
    });

    it.each([
      ['system.email.confirm', 'ok'],
      ['system.email.thankyou', 'ok'],
      ['system.email.request', 'ok'],
      ['system.ingest.0', refused],
      ['green-org.crm', refused],
    ])('reads %s: %s', async (queue, answer) => {
      expect(await answerTo(mail, (channel) => channel.consume(queue, () => undefined))).toBe(answer);
    });
  });

  describe('of crm-forwarder', () => {
    let forwarder: ChannelModel;
    beforeAll(async () => {
      forwarder = await fixture.logIn(`${fixture.prefix}forwarder`, 'forwarder-password');
    });

    it.each([
      ['deliver', 'ok'],
      ['event', 'ok'],
      ['reply', 'ok'],
      ['', refused],
      ['ingest', refused],
      ['confirm', refused],
      ['system.fail', refused],
      // What it took from `system.dead` goes home.
      ['system.retry', 'ok'],
    ])('publishes to "%s": %s', async (exchange, answer) => {
      expect(await answerTo(forwarder, async (channel) => channel.publish(exchange, 'x', body))).toBe(answer);
    });

    it.each([
      ['green-org.webhook', 'ok'],
      ['system.sqs', 'ok'],
      ['system.dead', 'ok'],
      ['system.request.crm-forwarder', 'ok'],
      ['green-org.crm', refused],
      ['system.retry', refused],
      ['system.ingest.0', refused],
      ['system.email.request', refused],
    ])('reads %s: %s', async (queue, answer) => {
      expect(await answerTo(forwarder, (channel) => channel.consume(queue, () => undefined))).toBe(answer);
    });
  });

  describe.each([
    ['stats', 'stats-service', ['deliver', 'event', 'reply'], ['ingest', 'confirm', 'system.retry', '']],
    ['mtt', 'mtt-service', ['deliver', 'event', 'reply'], ['ingest', 'confirm', 'system.retry', '']],
  ])('of %s', (user, name, written, unwritten) => {
    let own: ChannelModel;
    beforeAll(async () => {
      own = await fixture.logIn(fixture.prefix + user, `${user}-password`);
    });

    it('publishes where its work leads, and nowhere else', async () => {
      const publish = (exchange: string) =>
        answerTo(own, async (channel) => channel.publish(exchange, `system.test.${user}`, body));
      expect(await Promise.all(written.map(publish))).toEqual(written.map(() => 'ok'));
      expect(await Promise.all(unwritten.map(publish))).toEqual(unwritten.map(() => refused));
    });

    it('reads its facts, and no other queue', async () => {
      const read = (queue: string) => answerTo(own, (channel) => channel.consume(queue, () => undefined));
      expect(await read(`system.event.${name}`)).toBe('ok');
      const others = ['system.event.notify-service', 'system.ingest.0', 'system.email.request', 'green-org.crm'];
      expect(await Promise.all(others.map(read))).toEqual(others.map(() => refused));
    });
  });

  it.each([
    ['notify', 'system.event.notify-service', 'system.event.stats-service'],
    ['mail', 'system.email.thankyou', 'system.ingest.0'],
    ['stats', 'system.event.stats-service', 'green-org.crm'],
    ['mtt', 'system.event.mtt-service', 'system.email.request'],
  ])('let %s send home to %s, and to no queue that it does not read', async (user, home, other) => {
    const connected = await fixture.logIn(fixture.prefix + user, `${user}-password`);
    const publish = (key: string) => answerTo(connected, async (channel) => channel.publish('system.retry', key, body));
    expect(await publish(home)).toBe('ok');
    expect(await publish(other)).toBe(refused);
    await connected.close();
  });

  it('are put right when a password, tag or permission was changed by hand', async () => {
    const name = `${fixture.prefix}gateway`;
    await fixture.vhost.manage('PUT', `/api/users/${name}`, { password: 'other', tags: 'administrator' });
    await fixture.vhost.manage('PUT', `/api/permissions/${fixture.vhost.name}/${name}`, {
      configure: '.*',
      write: '.*',
      read: '.*',
    });
    await waitFor(async () => {
      const user = (await fixture.vhost.manage('GET', `/api/users/${name}`)) as { tags: string[] };
      return user.tags.length === 0 && fixture.logIn(name, 'gateway-password');
    });
    await waitFor(async () => {
      const path = `/api/permissions/${fixture.vhost.name}/${name}`;
      return ((await fixture.vhost.manage('GET', path)) as { write: string }).write.startsWith('^(');
    });
  });

  it('stay with their org through a rename, and go with it', async () => {
    const org = await fixture.addOrg('short', { custom_action_deliver: true });
    const { version } = await fixture.confirmed(`org:${org}`);
    const { user, password } = await fixture.orgUser(org);
    await fixture.updateOrg(org, { name: 'long' });
    await fixture.confirmed(`org:${org}`, (row) => row.version !== version);
    const own = await fixture.logIn(user, password);
    expect(await answerTo(own, (channel) => channel.get('long.crm'))).toBe('ok');
    await own.close();

    await fixture.sql.query('delete from catalog.orgs where id = $1', [org]);
    await waitFor(async () => (await fixture.vhost.manage('GET', `/api/users/${user}`)) === undefined);
    await waitFor(async () => {
      const { rowCount } = await fixture.sql.query('select 1 from topology.broker_users where org_id = $1', [org]);
      return rowCount === 0;
    });
    await expect(fixture.logIn(user, password)).rejects.toThrow();
  });
});
