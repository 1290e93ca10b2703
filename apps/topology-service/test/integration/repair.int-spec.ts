import { RabbitProxy, waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

describe('what goes wrong behind our back', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let proxy: RabbitProxy;
  let org: number;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    proxy = await RabbitProxy.start(fixture.vhost.amqpUrl);
    org = await fixture.addOrg('green', { custom_action_deliver: true });
    service = await fixture.startService({ AMQP_URL: proxy.amqpUrl });
    await fixture.confirmed(`org:${org}`);
    await fixture.confirmed('system');
  });
  afterAll(async () => {
    await fixture.close();
    await proxy.close();
  });

  it('a deleted queue is declared again, and nobody counts on it before it is confirmed again', async () => {
    const { states } = await fixture.recordStates(`org:${org}`);
    await fixture.vhost.channel.deleteQueue('green.crm');
    await waitFor(() => states.length >= 2);
    expect(states).toEqual(['pending', 'confirmed']);
    expect(await fixture.bindings('green.crm')).toEqual(['deliver green.*.*', 'system.retry green.crm']);
    expect((await service.get('/metrics')).text).toMatch(/groundswell_topology_drift_total{.*} [1-9]/);
  });

  it('a deleted system queue too', async () => {
    const { states } = await fixture.recordStates('system');
    await fixture.vhost.channel.deleteQueue('system.ingest.5');
    await waitFor(() => states.length >= 2);
    expect(states).toEqual(['pending', 'confirmed']);
    expect(await fixture.bindings('system.ingest.5')).toEqual(['ingest 5', 'system.retry system.ingest.5']);
  });

  it('a queue that came back without its bindings counts as rebuilt', async () => {
    const { states } = await fixture.recordStates(`org:${org}`);
    await fixture.vhost.channel.unbindQueue('green.crm', 'deliver', 'green.*.*');
    await waitFor(() => states.length >= 2);
    expect(states).toEqual(['pending', 'confirmed']);
    expect(await fixture.bindings('green.crm')).toEqual(['deliver green.*.*', 'system.retry green.crm']);
  });

  it("a strange binding is taken off an org's queue, not off a system queue or somebody else's", async () => {
    const { channel } = fixture.vhost;
    await channel.assertQueue('stranger', { durable: true });
    await channel.bindQueue('stranger', 'deliver', '#');
    await channel.bindQueue('system.email.request', 'deliver', 'strange.*');
    await channel.bindQueue('green.crm', 'amq.topic', 'strange');
    await channel.bindQueue('green.crm', 'deliver', 'blue.*.*');
    await waitFor(async () => !(await fixture.bindings('green.crm')).includes('deliver blue.*.*'));
    expect(await fixture.bindings('green.crm')).toContain('amq.topic strange');
    expect(await fixture.bindings('stranger')).toEqual(['deliver #']);
    expect(await fixture.bindings('system.email.request')).toContain('deliver strange.*');
    await channel.deleteQueue('stranger');
  });

  it('a changed or deleted policy is set back', async () => {
    const path = `/api/policies/${fixture.vhost.name}/groundswell-org`;
    await fixture.vhost.manage('PUT', path, { pattern: '^x$', definition: { 'max-length': 1 }, priority: 1 });
    await waitFor(async () => {
      const policy = (await fixture.vhost.manage('GET', path)) as { priority: number };
      return policy.priority === 9010;
    });
    await fixture.vhost.manage('DELETE', path);
    await waitFor(async () => (await fixture.vhost.manage('GET', path)) !== undefined);
  });

  it('a policy of somebody else that takes the place of ours is an alarm', async () => {
    const path = `/api/policies/${fixture.vhost.name}/foreign`;
    await fixture.vhost.manage('PUT', path, { pattern: '^green', definition: { 'max-length': 5 }, priority: 9999 });
    await waitFor(async () => (await service.get('/ready')).text.includes('"degraded":["queues"]'));
    expect((await service.get('/ready')).status).toBe(200);
    expect((await fixture.queueSet(`org:${org}`))?.state).toBe('confirmed');
    await fixture.vhost.manage('DELETE', path);
    await waitFor(async () => (await service.get('/ready')).text.includes('"degraded":[]'));
  });

  it('after a broken connection everything is checked at once, and it says what is degraded meanwhile', async () => {
    await service.stop();
    service = await fixture.startService({ AMQP_URL: proxy.amqpUrl, RECONCILE_MS: '600000' });
    await waitFor(async () => /groundswell_topology_active{.*} 1/.test((await service.get('/metrics')).text));
    const { states } = await fixture.recordStates(`org:${org}`);
    proxy.refuse();
    const ready = await waitFor(async () => {
      const answer = await service.get('/ready');
      return answer.text.includes('broker') && answer;
    });
    expect(ready.status).toBe(200);
    expect((await service.get('/live')).status).toBe(200);
    await fixture.vhost.channel.deleteQueue('green.crm');
    proxy.accept();
    await waitFor(() => states.length >= 2);
    expect(states).toEqual(['pending', 'confirmed']);
    await waitFor(async () => (await service.get('/ready')).text.includes('"degraded":[]'));
  });
});
