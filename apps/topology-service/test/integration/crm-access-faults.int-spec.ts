import { RabbitProxy, waitFor } from '@groundswell/testing';
import { TopologyAsker } from './topology-asker';
import { TopologyFixture } from './topology-fixture';

interface Row {
  username: string;
  is_settled: boolean;
}

describe('credentials for CRMs', () => {
  let fixture: TopologyFixture;
  let management: RabbitProxy;
  let asker: TopologyAsker;
  let org: number;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    management = await RabbitProxy.start(process.env['TEST_AMQP_MANAGEMENT_URL'] ?? '');
    org = await fixture.addOrg('green', { custom_action_deliver: true });
    await fixture.startService({
      AMQP_MANAGEMENT_URL: management.amqpUrl,
      MANAGEMENT_TIMEOUT_MS: '20000',
      RECONCILE_MS: '1',
    });
    await Promise.all([fixture.confirmed('system'), fixture.confirmed(`org:${org}`)]);
    asker = await TopologyAsker.start(fixture.vhost.amqpUrl);
  });
  afterAll(async () => {
    management?.accept();
    await asker?.stop();
    await fixture.close();
    await management?.close();
  });

  const settled = async (id: string): Promise<Row> =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query<Row>('select * from topology.crm_credentials where id = $1', [id]);
      return rows[0]?.is_settled && rows[0];
    });
  const hasUser = async (name: string) => (await fixture.vhost.manage('GET', `/api/users/${name}`)) !== undefined;

  it('are made, rotated and revoked once the management API is back, and say so before', async () => {
    const kept = await asker.create(org);
    const connection = await fixture.logIn(kept.username, kept.password);
    const closed = new Promise<void>((resolve) => connection.once('close', resolve));
    const rotated = await asker.create(org);

    management.refuse();
    const made = await asker.create(org);
    expect(made.isInForce).toBe(false);
    const changed = await asker.rotate(org, rotated.credentialId);
    expect(changed.isInForce).toBe(false);
    await expect(asker.revoke(org, kept.credentialId)).rejects.toMatchObject({ code: 'crm.broker_away' });
    expect(await hasUser(kept.username)).toBe(true);

    management.accept();
    await closed;
    for (const { credentialId } of [kept, rotated, made]) await settled(credentialId);
    expect(await hasUser(kept.username)).toBe(false);
    for (const { username, password } of [made, changed]) await (await fixture.logIn(username, password)).close();
    await expect(fixture.logIn(rotated.username, rotated.password)).rejects.toThrow(/ACCESS_REFUSED|403/);
    expect(await asker.revoke(org, kept.credentialId)).toEqual({ outcome: 'unchanged' });
    for (const { credentialId } of [made, rotated]) await asker.revoke(org, credentialId);
  });

  it('stay as people want them while two replicas run rounds all the time', async () => {
    await fixture.startService({ RECONCILE_MS: '1' });
    const one = async () => {
      const { credentialId, username } = await asker.create(org);
      const { password } = await asker.rotate(org, credentialId);
      await (await fixture.logIn(username, password)).close();
      await asker.revoke(org, credentialId);
      expect(await hasUser(username)).toBe(false);
      return username;
    };
    const names: string[] = [];
    for (let round = 0; round < 4; round += 1) names.push(...(await Promise.all([one(), one(), one()])));
    await fixture.updateOrg(org, { custom_supporter_confirm: true });
    await fixture.confirmed(`org:${org}`, ({ queues }) => queues.includes('green.confirm'));
    expect(await Promise.all(names.map(hasUser))).toEqual(names.map(() => false));
  });
});
