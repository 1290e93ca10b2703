import { RabbitProxy, waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

const isActive = async (service: RunningService): Promise<boolean> =>
  /groundswell_topology_active{.*} 1/.test((await service.get('/metrics')).text);

describe('replicas', () => {
  let fixture: TopologyFixture;

  beforeEach(async () => {
    fixture = await TopologyFixture.create();
  });
  afterEach(() => fixture.close());

  it('reconcile one at a time; the other stands by, ready, and takes over', async () => {
    const first = await fixture.startService({ LEASE_MS: '60000' });
    await fixture.confirmed('system');
    const second = await fixture.startService({ LEASE_MS: '60000' });
    await waitFor(async () => (await second.get('/ready')).status === 200);
    expect(await isActive(first)).toBe(true);
    expect(await isActive(second)).toBe(false);

    await first.stop();
    await waitFor(() => isActive(second));
    const org = await fixture.addOrg('green', { custom_action_deliver: true });
    await fixture.confirmed(`org:${org}`);
  });

  it('that lost their lease write nothing', async () => {
    const service = await fixture.startService({ LEASE_MS: '60000', CATALOGUE_POLL_MS: '50' });
    await fixture.confirmed('system');
    await waitFor(() => isActive(service));
    // Somebody with a newer number: what this replica believes is stale.
    await fixture.sql.query(
      `update topology.leases set holder = 'other', fencing = fencing + 1, expires_at = now() + interval '1 hour'`,
    );
    const org = await fixture.addOrg('green', { custom_action_deliver: true });
    await waitFor(async () => !(await isActive(service)));
    expect(await fixture.queueSet(`org:${org}`)).toBeUndefined();
    await fixture.sql.query(`update topology.leases set expires_at = now()`);
    await fixture.confirmed(`org:${org}`);
  });
});

describe('a start without', () => {
  let fixture: TopologyFixture;
  let proxy: RabbitProxy;

  beforeEach(async () => {
    fixture = await TopologyFixture.create();
    proxy = await RabbitProxy.start(fixture.vhost.amqpUrl);
  });
  afterEach(async () => {
    await fixture.close();
    await proxy.close();
  });

  it('broker is live, not ready, and goes on by itself once it is there', async () => {
    proxy.refuse();
    const service = await fixture.startService({ AMQP_URL: proxy.amqpUrl });
    expect((await service.get('/live')).status).toBe(200);
    expect((await service.get('/ready')).status).toBe(503);
    proxy.accept();
    await fixture.confirmed('system');
    await waitFor(async () => (await service.get('/ready')).status === 200);
  });

  it('broker is ready when the system queues were confirmed before, and says it is degraded', async () => {
    const before = await fixture.startService();
    await fixture.confirmed('system');
    await before.stop();
    proxy.refuse();
    const service = await fixture.startService({ AMQP_URL: proxy.amqpUrl });
    const ready = await waitFor(async () => {
      const answer = await service.get('/ready');
      return answer.status === 200 && answer;
    });
    expect(JSON.parse(ready.text)).toEqual({ status: 'degraded', degraded: ['broker'] });
  });

  it('management API waits for it', async () => {
    const service = await fixture.startService({ AMQP_MANAGEMENT_URL: 'http://a:b@127.0.0.1:9' });
    const ready = await waitFor(async () => {
      const answer = await service.get('/ready');
      return answer.text.includes('reconciliation') && answer;
    });
    expect(ready.status).toBe(503);
    expect(await fixture.queueSet('system')).toBeUndefined();
  });

  it('database is live and not ready, and stops in an orderly way', async () => {
    const service = await fixture.startService({ DATABASE_URL: 'postgres://nobody:x@127.0.0.1:9/none' });
    expect((await service.get('/live')).status).toBe(200);
    expect((await service.get('/ready')).status).toBe(503);
    await service.stop();
  });
});

describe('a vhost with an awkward name', () => {
  it('is addressed as it is called', async () => {
    const fixture = await TopologyFixture.create();
    const name = `${fixture.vhost.name}/ü %`;
    const path = `/api/vhosts/${encodeURIComponent(name)}`;
    const url = new URL(fixture.vhost.amqpUrl);
    try {
      await fixture.vhost.manage('PUT', path);
      await fixture.vhost.manage('PUT', `/api/permissions/${encodeURIComponent(name)}/${url.username}`, {
        configure: '.*',
        write: '.*',
        read: '.*',
      });
      url.pathname = `/${encodeURIComponent(name)}`;
      await fixture.startService({ AMQP_URL: url.href });
      await fixture.confirmed('system');
    } finally {
      await fixture.vhost.manage('DELETE', path);
      await fixture.close();
    }
  });
});
