import { waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

describe('the system queues', () => {
  let fixture: TopologyFixture;
  let service: RunningService;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    service = await fixture.startService();
    await fixture.confirmed('system');
  });
  afterAll(() => fixture.close());

  it('makes it ready once they are confirmed', async () => {
    const ready = await waitFor(async () => {
      const answer = await service.get('/ready');
      return answer.status === 200 && answer;
    });
    expect(JSON.parse(ready.text)).toEqual({ status: 'ok', degraded: [] });
    expect((await service.get('/live')).status).toBe(200);
    expect((await service.get('/metrics')).text).toContain('groundswell_topology_scopes{state="confirmed"');
  });
});
