import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { currentTrace, newTrace, parseTraceparent, type Trace } from '../trace';
import { isTracingOn, startTracing, tracesUrlOf, type TracingConfig } from './start-tracing';
import { inSpan, noTracing, type Tracing } from './tracing';

interface Exported {
  resource: Record<string, string>;
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  attributes: Record<string, unknown>;
  status: { code: number };
}

type Values = { key: string; value: Record<string, unknown> }[];
interface Body {
  resourceSpans: {
    resource: { attributes: Values };
    scopeSpans: { spans: (Omit<Exported, 'attributes' | 'resource'> & { attributes: Values })[] }[];
  }[];
}

const plain = (values: Values): Record<string, never> =>
  Object.fromEntries(values.map(({ key, value }) => [key, Object.values(value)[0] as never]));

const spans: Exported[] = [];
let status = 200;
let requests = 0;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    requests += 1;
    if (status === 200) {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body;
      for (const { resource, scopeSpans } of resourceSpans) {
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) });
        }
      }
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
});
let url: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  spans.length = 0;
  requests = 0;
  status = 200;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const configWith = (change: Partial<TracingConfig> = {}): TracingConfig => ({
  OTEL_SDK_DISABLED: false,
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_TIMEOUT: 60_000,
  OTEL_TRACES_SAMPLER: 'parentbased_always_on',
  OTEL_TRACES_SAMPLER_ARG: 1,
  OTEL_BSP_MAX_QUEUE_SIZE: 100,
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 50,
  OTEL_BSP_SCHEDULE_DELAY: 60_000,
  ...change,
});
const warnings: { reason?: string; lost?: number; text: string }[] = [];
const logger = { warn: (fields: object, text: string) => void warnings.push({ ...fields, text }) };
const service = { name: 'api-gateway', version: '1.2.3' };
const start = (change?: Partial<TracingConfig>): Promise<Tracing> => startTracing(configWith(change), service, logger);
/** Whoever closes waits for 2 s at most: what a busy machine sends later comes all the same. */
const arrived = async (count: number): Promise<void> => {
  while (spans.length < count) await pause(2);
};

it.each<[string, Partial<TracingConfig>, boolean]>([
  ['nothing', { OTEL_EXPORTER_OTLP_ENDPOINT: undefined }, false],
  ['an endpoint', {}, true],
  [
    'an endpoint for traces',
    { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t' },
    true,
  ],
  ['an exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_TRACES_EXPORTER: 'otlp' }, true],
  ['an endpoint, and no exporter', { OTEL_TRACES_EXPORTER: 'none' }, false],
  ['an endpoint, and the switch', { OTEL_SDK_DISABLED: true }, false],
])('is on or off by %s', (_, change, isOn) => expect(isTracingOn(configWith(change))).toBe(isOn));

it('adds the path to the general address alone', () => {
  expect(tracesUrlOf(configWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c:4318/' }))).toBe('https://c:4318/v1/traces');
  expect(tracesUrlOf(configWith({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t/own' }))).toBe('https://t/own');
});

it('records nothing and runs everything while it is off', async () => {
  const tracing = await start({ OTEL_TRACES_EXPORTER: 'none' });
  expect(tracing).toBe(noTracing);
  const parent = newTrace();
  const inside = await inSpan(tracing, { name: 'step', kind: 'internal', parent }, () =>
    Promise.resolve(currentTrace()),
  );
  expect(inside).toEqual(parent);
});

it('sends steps as a chain, with what they were', async () => {
  const tracing = await start();
  const traceId = 'a'.repeat(32);
  let inner: Trace | undefined;
  await inSpan(tracing, { name: 'POST /api', kind: 'server', traceId, attributes: { n: 1, left: undefined } }, (span) =>
    inSpan(tracing, { name: 'send ingest', kind: 'producer', parent: span?.trace }, () => {
      inner = currentTrace();
      return Promise.resolve();
    }),
  );
  await tracing.close();
  await arrived(2);
  const [send, root] = spans;
  expect(root).toMatchObject({ name: 'POST /api', kind: 2, traceId, attributes: { n: 1 } });
  expect(root?.attributes).not.toHaveProperty('left');
  expect(root?.parentSpanId || null).toBeNull();
  expect(root?.resource).toMatchObject({ 'service.name': 'api-gateway', 'service.version': '1.2.3' });
  expect(send).toMatchObject({ name: 'send ingest', kind: 4, traceId, parentSpanId: root?.spanId });
  expect(inner).toEqual({ traceId, spanId: send?.spanId, sampled: true });
});

it('goes on in the trace of a header, and hands its tracestate on', async () => {
  const tracing = await start();
  const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const parent: Trace = { ...parseTraceparent(header)!, state: 'vendor=opaque' };
  const span = tracing.start({ name: 'process ingest', kind: 'consumer', parent });
  expect(span?.trace).toMatchObject({ traceId: parent.traceId, sampled: true, state: 'vendor=opaque' });
  span?.end();
  await tracing.close();
  await arrived(1);
  expect(spans[0]).toMatchObject({ parentSpanId: 'b7ad6b7169203331', traceState: 'vendor=opaque' });
});

it('tells the class of an error, never its text', async () => {
  const tracing = await start();
  const work = () => Promise.reject(new RangeError('harald@example.org'));
  await expect(inSpan(tracing, { name: 'step', kind: 'internal' }, work)).rejects.toThrow(RangeError);
  await tracing.close();
  await arrived(1);
  expect(spans[0]).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'RangeError' } });
  expect(JSON.stringify(spans)).not.toContain('harald');
});

it.each<[TracingConfig['OTEL_TRACES_SAMPLER'], number, boolean[]]>([
  ['parentbased_traceidratio', 0, [false, true, false]],
  ['parentbased_traceidratio', 1, [true, true, false]],
  ['parentbased_always_off', 1, [false, true, false]],
  ['parentbased_always_on', 0, [true, true, false]],
  ['always_off', 1, [false, false, false]],
  ['always_on', 0, [true, true, true]],
  ['traceidratio', 0, [false, false, false]],
])(
  'samples by %s %d: without a caller, with one that records, with one that does not',
  async (name, ratio, decisions) => {
    const tracing = await start({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio });
    const parents = [undefined, newTrace(true), newTrace(false)];
    const opened = parents.map((parent) => tracing.start({ name: 'step', kind: 'internal', parent }));
    expect(opened.map((span) => span?.trace.sampled)).toEqual(decisions);
    opened.forEach((span, at) => expect(span?.trace.traceId === parents[at]?.traceId).toBe(at > 0));
    for (const span of opened) span?.end();
    await tracing.close();
    const recorded = decisions.filter(Boolean).length;
    await arrived(recorded);
    expect(spans).toHaveLength(recorded);
  },
);

it('says once that a collector refuses, and troubles nobody else', async () => {
  warnings.length = 0;
  status = 400;
  const tracing = await start({ OTEL_BSP_SCHEDULE_DELAY: 1 });
  for (let n = 1; n <= 3; n += 1) {
    tracing.start({ name: 'step', kind: 'internal' })?.end();
    while (requests < n) await pause(2);
  }
  await tracing.close();
  expect(requests).toBe(3);
  expect(warnings.filter(({ text }) => text === 'spans do not reach the collector')).toHaveLength(1);
});

it('ends in time when the collector is silent', async () => {
  warnings.length = 0;
  const silent = createServer(() => undefined);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const tracing = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: 4_000 });
  tracing.start({ name: 'step', kind: 'internal' })?.end();
  await tracing.close();
  expect(warnings.map(({ reason }) => reason)).toEqual(['the last spans were not sent within 2000 ms']);
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});
