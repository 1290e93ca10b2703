import type { ChannelModel } from 'amqplib';
import type { CrmPasswordAnswerV1, OrgQueuesAnswerV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { credentialsPerOrg } from '../../src/crm-access/crm-credential.repository';
import { TopologyAsker } from './topology-asker';
import { answerTo, TopologyFixture } from './topology-fixture';

const refused = 403;

describe('access of an org to its queues', () => {
  let fixture: TopologyFixture;
  let asker: TopologyAsker;
  let green: number;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    green = await fixture.addOrg('green', { custom_action_deliver: true, custom_supporter_confirm: true });
    const red = await fixture.addOrg('red', { custom_action_deliver: true });
    await fixture.startService({ CRM_AMQP_ADDRESS: 'amqps://crm.example.org/groundswell' });
    await Promise.all(['system', `org:${green}`, `org:${red}`].map((scope) => fixture.confirmed(scope)));
    asker = await TopologyAsker.start(fixture.vhost.amqpUrl);
  });
  afterAll(async () => {
    await asker?.stop();
    await fixture.close();
  });

  const create = (orgId = green, id?: string) => asker.create(orgId, id);
  const rotate = (credentialId: string, id?: string, orgId = green) => asker.rotate(orgId, credentialId, id);
  const revoke = (credentialId: string, orgId = green) => asker.revoke(orgId, credentialId);
  const logIn = ({ username, password }: CrmPasswordAnswerV1) => fixture.logIn(username, password);
  const brokerUser = (name: string) => fixture.vhost.manage('GET', `/api/users/${name}`) as Promise<object | undefined>;
  const closing = (connection: ChannelModel) => new Promise<void>((resolve) => connection.once('close', resolve));

  describe('by a credential', () => {
    let login: CrmPasswordAnswerV1;
    let connection: ChannelModel;
    beforeAll(async () => {
      login = await create();
      connection = await logIn(login);
    });

    it('is named after its org, and says where to log in', () => {
      expect(login.username).toMatch(new RegExp(`^${fixture.prefix}org-${green}-[0-9a-f]{8}$`));
      expect(login).toMatchObject({ isInForce: true, address: 'amqps://crm.example.org/groundswell' });
    });

    it('reads the queues of the org', async () => {
      await fixture.vhost.send('green.crm', [{ n: 1 }]);
      const channel = await connection.createChannel();
      const got: string[] = [];
      await channel.consume('green.crm', (message) => {
        got.push(String(message?.content));
        if (message) channel.ack(message);
      });
      await waitFor(() => got.length === 1);
      expect(got).toEqual(['{"n":1}']);
      expect(await answerTo(connection, (one) => one.consume('green.confirm', () => undefined))).toBe('ok');
    });

    it.each(['red.crm', 'system.ingest.0', 'system.retry', 'system.dead', 'system.request.topology-service'])(
      'never reads %s',
      async (queue) => {
        expect(await answerTo(connection, (channel) => channel.consume(queue, () => undefined))).toBe(refused);
        expect(await answerTo(connection, (channel) => channel.get(queue))).toBe(refused);
      },
    );

    it('neither publishes, nor declares, binds or deletes', async () => {
      const steps = [
        ...['', 'ingest', 'deliver', 'event', 'reply', 'system.retry'].map((exchange) =>
          answerTo(connection, async (channel) => channel.publish(exchange, 'green.crm', Buffer.from('{}'))),
        ),
        answerTo(connection, (channel) => channel.assertQueue('green.more')),
        answerTo(connection, (channel) => channel.bindQueue('green.crm', 'deliver', '#')),
        answerTo(connection, (channel) => channel.purgeQueue('red.crm')),
        answerTo(connection, (channel) => channel.deleteQueue('green.crm')),
      ];
      expect(await Promise.all(steps)).toEqual(steps.map(() => refused));
    });

    it('keeps no password, only what the broker has of it', async () => {
      const { rows } = await fixture.sql.query<Record<string, unknown>>(
        'select * from topology.crm_credentials where id = $1',
        [login.credentialId],
      );
      expect(JSON.stringify(rows)).not.toContain(login.password);
      const user = (await brokerUser(login.username)) as { password_hash: string; tags: string[] };
      expect(user).toMatchObject({ password_hash: rows[0]?.['password_hash'], tags: [] });
    });
  });

  it('is made once by a request that comes twice, and cannot be had again from another process', async () => {
    const id = uuidV7();
    const [first, second] = [await create(green, id), await create(green, id)];
    expect(second).toEqual(first);
    await fixture.sql.query(`update topology.crm_credentials set password_hash = 'other' where id = $1`, [
      first.credentialId,
    ]);
    await expect(create(green, id)).rejects.toMatchObject({ code: 'crm.answered_before' });
    await revoke(first.credentialId);
  });

  it('ends at once when it is revoked', async () => {
    const login = await create();
    const [one, two] = await Promise.all([logIn(login), logIn(login)]);
    const channel = await one.createChannel();
    channel.on('error', () => undefined);
    await channel.consume('green.crm', () => undefined);
    const closed = Promise.all([closing(one), closing(two)]);
    expect(await revoke(login.credentialId)).toEqual({ outcome: 'changed' });
    await closed;
    await expect(logIn(login)).rejects.toThrow(/ACCESS_REFUSED|403/);
    expect(await brokerUser(login.username)).toBeUndefined();
    expect(await revoke(login.credentialId)).toEqual({ outcome: 'unchanged' });
    await expect(rotate(login.credentialId)).rejects.toMatchObject({ code: 'crm.revoked' });
  });

  it('ends at once when it is rotated, and goes on with the new password', async () => {
    const before = await create();
    const connection = await logIn(before);
    const closed = closing(connection);
    const requestId = uuidV7();
    const after = await rotate(before.credentialId, requestId);
    await closed;
    expect(after).toMatchObject({ credentialId: before.credentialId, username: before.username, isInForce: true });
    expect(after.password).not.toBe(before.password);
    await expect(logIn(before)).rejects.toThrow(/ACCESS_REFUSED|403/);
    const again = await logIn(after);
    expect(await answerTo(again, (channel) => channel.get('green.crm'))).toBe('ok');

    // The same request once more changes nothing and closes nothing.
    expect(await rotate(before.credentialId, requestId)).toEqual(after);
    expect(await answerTo(again, (channel) => channel.get('green.crm'))).toBe('ok');
    await revoke(before.credentialId);
  });

  it('is of its org alone', async () => {
    const { credentialId } = await create();
    const red = (await fixture.sql.query(`select id from catalog.orgs where name = 'red'`)).rows[0] as { id: string };
    await expect(rotate(credentialId, uuidV7(), Number(red.id))).rejects.toMatchObject({ code: 'crm.not_found' });
    await expect(revoke(credentialId, Number(red.id))).rejects.toMatchObject({ code: 'crm.not_found' });
    await expect(create(999_999)).rejects.toMatchObject({ code: 'crm.not_found' });
    await revoke(credentialId);
  });

  it('is limited in number, revoked ones not counted', async () => {
    const org = await fixture.addOrg('many');
    const asked = Array.from({ length: credentialsPerOrg + 3 }, () => create(org).catch((error: unknown) => error));
    const answers = await Promise.all(asked);
    const made = answers.filter((answer) => !(answer instanceof Error)) as CrmPasswordAnswerV1[];
    expect(made).toHaveLength(credentialsPerOrg);
    expect(answers.find((answer) => answer instanceof Error)).toMatchObject({ code: 'crm.too_many' });
    await revoke(made[0]!.credentialId, org);
    await expect(create(org)).resolves.toMatchObject({ isInForce: true });
  });

  it('is put right when it was changed by hand on the broker', async () => {
    const login = await create();
    const name = login.username;
    await fixture.vhost.manage('DELETE', `/api/users/${name}`);
    await waitFor(async () => (await logIn(login)).createChannel());

    const allowed = `/api/permissions/${fixture.vhost.name}/${name}`;
    await fixture.vhost.manage('PUT', `/api/users/${name}`, { password: 'other', tags: 'administrator' });
    await fixture.vhost.manage('PUT', allowed, { configure: '.*', write: '.*', read: '.*' });
    await waitFor(async () => {
      const [user, may] = await Promise.all([brokerUser(name), fixture.vhost.manage('GET', allowed)]);
      const { read } = may as { read: string };
      return (user as { tags: string[] }).tags.length === 0 && read.startsWith('^(') && logIn(login);
    });

    await revoke(login.credentialId);
    await fixture.vhost.manage('PUT', `/api/users/${name}`, { password: login.password, tags: '' });
    await waitFor(async () => (await brokerUser(name)) === undefined);
  });

  it('finishes after a restart what the broker did not take part in', async () => {
    const login = await create();
    await fixture.sql.query(
      'update topology.crm_credentials set revoked_at = now(), is_settled = false where id = $1',
      [login.credentialId],
    );
    await waitFor(async () => (await brokerUser(login.username)) === undefined);
    await waitFor(async () => {
      const { rows } = await fixture.sql.query('select is_settled from topology.crm_credentials where id = $1', [
        login.credentialId,
      ]);
      return (rows[0] as { is_settled: boolean }).is_settled;
    });
  });

  it('follows its org through a rename, and goes with it', async () => {
    const org = await fixture.addOrg('short', { custom_action_deliver: true });
    const { version } = await fixture.confirmed(`org:${org}`);
    const login = await create(org);
    await fixture.updateOrg(org, { name: 'long' });
    await fixture.confirmed(`org:${org}`, (row) => row.version !== version);
    const connection = await waitFor(async () => {
      const own = await logIn(login);
      return (await answerTo(own, (channel) => channel.get('long.crm'))) === 'ok' && own;
    });
    const closed = closing(connection);
    await fixture.sql.query('delete from catalog.orgs where id = $1', [org]);
    await closed;
    await waitFor(async () => (await brokerUser(login.username)) === undefined);
    await waitFor(async () => {
      const { rowCount } = await fixture.sql.query('select 1 from topology.crm_credentials where org_id = $1', [org]);
      return rowCount === 0;
    });
  });

  it('is shown with the figures of the org, and of no other', async () => {
    await fixture.vhost.send('green.confirm', [{}, {}]);
    const figures = await waitFor(async () => {
      const answer = await asker.ask<OrgQueuesAnswerV1>({ kind: 'org_queues', orgId: green });
      const confirm = answer.queues.find(({ purpose }) => purpose === 'confirm');
      return (confirm?.ready ?? 0) + (confirm?.unacknowledged ?? 0) >= 2 && answer;
    });
    expect(figures).toMatchObject({ state: 'confirmed', isFull: false });
    expect(figures.queues.map(({ name, purpose, exists }) => ({ name, purpose, exists }))).toEqual([
      { name: 'green.confirm', purpose: 'confirm', exists: true },
      { name: 'green.crm', purpose: 'crm', exists: true },
    ]);
    expect(figures.queues[0]?.emptyAt).toEqual(expect.any(String));
    expect(await asker.ask({ kind: 'org_queues', orgId: 999_999 })).toEqual({
      state: 'pending',
      isFull: false,
      queues: [],
    });
  });
});
