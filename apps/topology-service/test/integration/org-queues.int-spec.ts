import { waitFor } from '@groundswell/testing';
import { TopologyFixture } from './topology-fixture';

describe('the queues of an org', () => {
  let fixture: TopologyFixture;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    await fixture.startService();
    await fixture.confirmed('system');
  });
  afterAll(() => fixture.close());

  const bindingsBecome = (queue: string, expected: string[]) =>
    waitFor(async () => JSON.stringify(await fixture.bindings(queue)) === JSON.stringify(expected));

  it('has a confirmed row even for an org without queues, so that nobody waits for it', async () => {
    const org = await fixture.addOrg('plain');
    expect((await fixture.confirmed(`org:${org}`)).queues).toEqual([]);
  });

  it('come with their flags and policy, and are confirmed at a new version', async () => {
    const org = await fixture.addOrg('flags');
    const before = await fixture.confirmed(`org:${org}`);
    const { states } = await fixture.recordStates(`org:${org}`);
    await fixture.updateOrg(org, { custom_action_deliver: true, custom_supporter_confirm: true });
    const after = await fixture.confirmed(`org:${org}`, ({ version }) => version !== before.version);
    expect(after.queues).toEqual(['flags.confirm', 'flags.crm']);
    expect(await fixture.bindings('flags.crm')).toEqual(['deliver flags.*.*', 'system.retry flags.crm']);
    expect(await fixture.bindings('flags.confirm')).toEqual([
      'confirm flags.custom.supporter',
      'system.retry flags.confirm',
    ]);
    await waitFor(() => states.length >= 2);
    expect(states).toEqual(['pending', 'confirmed']);
    const listed = (await fixture.vhost.manage(
      'GET',
      `/api/queues/${fixture.vhost.name}?disable_stats=true&enable_queue_totals=true`,
    )) as { name: string; policy: string }[];
    expect(listed.find(({ name }) => name === 'flags.crm')?.policy).toBe('groundswell-org');
    const policy = await fixture.vhost.manage('GET', `/api/policies/${fixture.vhost.name}/groundswell-org`);
    expect(policy).toMatchObject({
      definition: {
        'delivery-limit': 1_000_000,
        'dead-letter-strategy': 'at-least-once',
        overflow: 'reject-publish',
        'max-length-bytes': 536_870_912,
      },
    });
  });

  it('come with a campaign of someone else that confirms actions, and with a page in it', async () => {
    const org = await fixture.addOrg('partner');
    await fixture.confirmed(`org:${org}`);
    const lead = await fixture.addOrg('lead');
    const campaign = await fixture.sql.query(
      `insert into catalog.campaigns (name, title, org_id, action_confirm) values ('c', 'c', $1, true) returning id`,
      [lead],
    );
    await fixture.sql.query(
      `insert into catalog.action_pages (name, locale, org_id, campaign_id) values ('partner/page', 'en', $1, $2)`,
      [org, campaign.rows[0].id],
    );
    await fixture.confirmed(`org:${org}`, ({ queues }) => queues.includes('partner.moderate'));
    expect(await fixture.bindings('partner.moderate')).toEqual([
      'confirm partner.custom.action',
      'system.retry partner.moderate',
    ]);
  });

  it('lose their stage bindings with the flag but never the way home, and keep what they hold', async () => {
    const org = await fixture.addOrg('holder', { custom_action_deliver: true, custom_action_confirm: true });
    const { version } = await fixture.confirmed(`org:${org}`);
    await fixture.vhost.send('holder.crm', [{ kept: true }]);
    await fixture.updateOrg(org, { custom_action_deliver: false, custom_action_confirm: false });
    await fixture.confirmed(`org:${org}`, (row) => row.version !== version);
    await bindingsBecome('holder.crm', ['system.retry holder.crm']);
    await bindingsBecome('holder.moderate', ['system.retry holder.moderate']);
    expect(await fixture.vhost.look('holder.crm')).toEqual({ ready: 1, consumers: 0 });
    expect((await fixture.queueSet(`org:${org}`))?.detail).toBe('left over: holder.crm, holder.moderate');

    // Once its reader has taken everything, ORG.crm may go; the others stay for the day the flag comes back.
    await fixture.vhost.drain('holder.crm');
    await waitFor(async () => (await fixture.vhost.look('holder.crm')) === undefined);
    await fixture.confirmed(`org:${org}`, ({ detail }) => detail === 'left over: holder.moderate');
    expect(await fixture.vhost.look('holder.moderate')).toEqual({ ready: 0, consumers: 0 });
  });

  it('are not deleted while somebody reads them', async () => {
    const org = await fixture.addOrg('watched', { custom_action_deliver: true });
    const { version } = await fixture.confirmed(`org:${org}`);
    const connection = await fixture.administrator();
    const channel = await connection.createChannel();
    await channel.consume('watched.crm', () => undefined);
    await fixture.updateOrg(org, { custom_action_deliver: false });
    await fixture.confirmed(`org:${org}`, (row) => row.version !== version);
    const rounds = async () => Number(/rounds_total{.*outcome="done".*} (\d+)/.exec(await metrics())?.[1]);
    const metrics = async () => (await fixture.probe('/metrics')).text;
    const before = await rounds();
    await waitFor(async () => (await rounds()) > before + 3);
    expect(await fixture.vhost.look('watched.crm')).toEqual({ ready: 0, consumers: 1 });
    await channel.close();
    await waitFor(async () => (await fixture.vhost.look('watched.crm')) === undefined);
  });

  it('feed system.sqs while the backend is set', async () => {
    const org = await fixture.addOrg('cloud');
    const sqs = await fixture.addService(org, 'sqs');
    const before = await fixture.confirmed(`org:${org}`);
    await fixture.updateOrg(org, { push_backend_id: sqs });
    const on = await fixture.confirmed(`org:${org}`, ({ version }) => version !== before.version);
    expect(await fixture.bindings('system.sqs')).toEqual(['deliver cloud.system.*', 'system.retry system.sqs']);
    await fixture.updateOrg(org, { push_backend_id: null });
    await fixture.confirmed(`org:${org}`, ({ version }) => version !== on.version);
    await bindingsBecome('system.sqs', ['system.retry system.sqs']);
  });

  it('have their other names in place of the native ones when the org asks for it', async () => {
    const org = await fixture.addOrg('other', { custom_action_deliver: true });
    const native = await fixture.confirmed(`org:${org}`);
    await fixture.updateOrg(org, { config: { queueAlias: true } });
    await fixture.confirmed(`org:${org}`, ({ version }) => version !== native.version);
    const alias = `cus.${org}.deliver`;
    expect(await fixture.bindings(alias)).toEqual(['deliver other.*.*', `system.retry ${alias}`]);
    await waitFor(async () => (await fixture.bindings('other.crm')).every((binding) => !binding.startsWith('deliver')));
  });

  it('get what is still sent under the former name after a rename, until another org takes that name', async () => {
    const org = await fixture.addOrg('before', { custom_action_deliver: true });
    const { version } = await fixture.confirmed(`org:${org}`);
    await fixture.updateOrg(org, { name: 'after' });
    await fixture.confirmed(`org:${org}`, (row) => row.version !== version);
    await bindingsBecome('after.crm', ['deliver after.*.*', 'deliver before.*.*', 'system.retry after.crm']);

    const newcomer = await fixture.addOrg('before', { custom_action_deliver: true });
    await bindingsBecome('after.crm', ['deliver after.*.*', 'system.retry after.crm']);
    await fixture.confirmed(`org:${newcomer}`);
    expect(await fixture.bindings('before.crm')).toEqual(['deliver before.*.*', 'system.retry before.crm']);
  });

  it('go with the org when they are empty, else stay and are reported', async () => {
    const org = await fixture.addOrg('leaving', { custom_action_deliver: true, custom_supporter_confirm: true });
    await fixture.confirmed(`org:${org}`);
    await fixture.vhost.send('leaving.crm', [{ unread: true }]);
    await fixture.sql.query('delete from catalog.orgs where id = $1', [org]);
    await waitFor(async () => (await fixture.vhost.look('leaving.confirm')) === undefined);
    const row = await waitFor(async () => {
      const found = await fixture.queueSet(`org:${org}`);
      return found?.detail === 'org is gone; left over: leaving.crm' && found;
    });
    expect(row.state).toBe('pending');
    expect(await fixture.bindings('leaving.crm')).toEqual(['system.retry leaving.crm']);
    await fixture.vhost.drain('leaving.crm');
    await waitFor(async () => (await fixture.queueSet(`org:${org}`)) === undefined);
    expect(await fixture.vhost.look('leaving.crm')).toBeUndefined();
  });

  it('stay with an org that is only marked as deleted: what was accepted is still delivered', async () => {
    const org = await fixture.addOrg('marked', { custom_action_deliver: true });
    await fixture.confirmed(`org:${org}`);
    await fixture.updateOrg(org, { deleted_at: new Date() });
    const other = await fixture.addOrg('later');
    await fixture.confirmed(`org:${other}`);
    expect(await fixture.bindings('marked.crm')).toEqual(['deliver marked.*.*', 'system.retry marked.crm']);
  });
});

describe('an org that pushes to SQS before crm-forwarder is deployed', () => {
  let fixture: TopologyFixture;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
  });
  afterAll(() => fixture.close());

  it('waits, since its messages would have no queue', async () => {
    const org = await fixture.addOrg('early');
    await fixture.updateOrg(org, { push_backend_id: await fixture.addService(org, 'sqs') });
    await fixture.startService({ DEPLOYED_SERVICES: 'action-ingest' });
    await fixture.confirmed('system');
    expect(await fixture.queueSet(`org:${org}`)).toMatchObject({
      state: 'pending',
      detail: 'system.sqs is not deployed',
    });
  });
});
