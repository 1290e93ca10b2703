import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { HealthModule } from './health.module';
import { HealthRegistry } from './health-registry';
import type { HealthState } from './health-registry';
import { Metrics } from './metrics';

const states: Record<'database' | 'redis', HealthState> = { database: 'up', redis: 'up' };
let app: NestFastifyApplication;

beforeAll(async () => {
  const health = new HealthRegistry({ keepMs: 0 });
  health.register('database', () => ({ state: states.database, detail: 'host db-7' }), { critical: true });
  health.register('redis', () => ({ state: states.redis }), { critical: false });
  const metrics = new Metrics('api-gateway', { withProcessMetrics: false });
  metrics.counter('groundswell_probes_total', 'probes').inc();
  const testing = await Test.createTestingModule({ imports: [HealthModule.forRoot({ health, metrics })] }).compile();
  app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  await app.init();
});
afterAll(() => app.close());
beforeEach(() => Object.assign(states, { database: 'up', redis: 'up' }));

const get = async (path: string): Promise<{ code: number; body: unknown; cache: unknown }> => {
  const { statusCode, body, headers } = await app.inject({ method: 'GET', url: path });
  const isJson = String(headers['content-type']).startsWith('application/json');
  return { code: statusCode, body: isJson ? (JSON.parse(body) as unknown) : body, cache: headers['cache-control'] };
};
const cache = 'no-store';

it('answers ok when all is well', async () => {
  expect(await get('/live')).toEqual({ code: 200, body: { status: 'ok' }, cache });
  expect(await get('/ready')).toEqual({ code: 200, body: { status: 'ok', degraded: [] }, cache });
  expect(await get('/health')).toEqual({ code: 200, body: { status: 'ok' }, cache });
});

it('stays ready and names what is degraded', async () => {
  states.redis = 'down';
  const body = { status: 'degraded', degraded: ['redis'] };
  expect(await get('/ready')).toEqual({ code: 200, body, cache });
  expect(await get('/health')).toEqual({ code: 200, body, cache });
});

it('answers 503 when it cannot work, yet stays alive', async () => {
  states.database = 'down';
  const body = { status: 'error', message: 'cannot work without: database' };
  expect(await get('/health')).toEqual({ code: 503, body, cache });
  expect(await get('/ready')).toEqual({ code: 503, body: { ...body, degraded: [] }, cache });
  expect((await get('/live')).code).toBe(200);
});

it('serves metrics as Prometheus text', async () => {
  const { body, code } = await get('/metrics');
  const { headers } = await app.inject({ method: 'GET', url: '/metrics' });
  expect(code).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(body).toContain('groundswell_probes_total{service="api-gateway"} 1');
});

it('lets any module inject the registry', () => expect(app.get(HealthRegistry)).toBeInstanceOf(HealthRegistry));
