import {
  currentTrace,
  newTrace,
  runWithTrace,
  startTracing,
  type Trace,
  type Tracing,
} from '@groundswell/observability';
import { OtlpCollector, waitFor } from '@groundswell/testing';
import { type BatchItem, done, drop, park } from '../src/index';
import { aMessage, type Numbered, numbered, useBroker } from '../test/use-broker';

/** 14. Traces. A message carries the trace it belongs to; where tracing is on, sending and handling it are steps of it. */
const broker = useBroker();
const trace: Trace = { ...newTrace(), state: 'vendor=opaque' };
const header = (spanId: string) => `00-${trace.traceId}-${spanId}-01`;

let collector: OtlpCollector;
let tracing: Tracing;

beforeEach(async () => {
  collector = await new OtlpCollector().start();
  tracing = await startTracing(
    {
      OTEL_SDK_DISABLED: false,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: 60_000,
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
      OTEL_BSP_MAX_QUEUE_SIZE: 100,
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 50,
      OTEL_BSP_SCHEDULE_DELAY: 10,
    },
    { name: 'test' },
    { warn: () => undefined },
  );
});
afterEach(async () => {
  await tracing.close();
  await collector.stop();
});

it('hands the current trace on, also while nobody records it here', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();

  await runWithTrace(trace, () => publisher.publish(aMessage({ routingKey: queue })));
  await publisher.publish(aMessage({ routingKey: queue, trace }));
  await runWithTrace(trace, () => publisher.publish(aMessage({ routingKey: queue, trace: null })));
  await publisher.publish(aMessage({ routingKey: queue }));

  const handed = { traceparent: header(trace.spanId), tracestate: 'vendor=opaque' };
  const messages = await broker.vhost.drain(queue);
  expect(messages.map(({ properties }) => properties.headers as object)).toEqual([
    expect.objectContaining(handed),
    expect.objectContaining(handed),
    expect.not.objectContaining({ traceparent: expect.anything() as unknown }),
    expect.not.objectContaining({ traceparent: expect.anything() as unknown }),
  ]);
});

it('makes sending a step, whose id the message has', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher({ tracing });

  await publisher.publish(aMessage({ exchange: 'ingest', routingKey: queue, messageId: 'm1', trace }));
  await publisher.publish(aMessage({ exchange: 'ingest', routingKey: 'nowhere', messageId: 'm2', trace }));

  const [sent, returned] = await waitFor(() => collector.spans.length === 2 && collector.spans);
  expect(sent).toMatchObject({
    name: 'send ingest',
    kind: 'producer',
    traceId: trace.traceId,
    parentSpanId: trace.spanId,
    isFailed: false,
    attributes: { 'messaging.message.id': 'm1', 'groundswell.outcome': 'confirmed' },
  });
  expect(returned).toMatchObject({ isFailed: true, attributes: { 'groundswell.outcome': 'returned' } });
  const [message] = await broker.vhost.drain(queue);
  expect(message?.properties.headers).toMatchObject({
    traceparent: header(sent?.spanId ?? ''),
    tracestate: 'vendor=opaque',
  });
});

it('makes handling a step of each message of a batch, with its outcome; a message without a trace has none', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();
  for (const n of [0, 1, 2]) {
    await publisher.publish(aMessage({ routingKey: queue, body: JSON.stringify({ n }), messageId: `m${n}`, trace }));
  }
  await publisher.publish(aMessage({ routingKey: queue, body: '{"n":0}', messageId: 'untraced' }));
  const { supervisor } = broker.consumers({ tracing });
  const handed: (Trace | null)[] = [];
  const outcomes = [done(), drop('not wanted'), park('too late')];
  supervisor.register(
    { id: 'some', contract: numbered, kind: 'batch', queues: [queue], batchSize: 4, batchWaitMs: 60_000 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        expect(currentTrace()).toBeUndefined();
        handed.push(...items.map(({ envelope }) => envelope.trace));
        return items.map(({ message }) => outcomes[message.n] ?? done());
      },
    },
  );
  supervisor.start();

  const spans = await waitFor(() => collector.spans.length === 3 && collector.spans);
  expect(
    spans.map(({ attributes, isFailed }) => [
      attributes['messaging.message.id'],
      attributes['groundswell.outcome'],
      isFailed,
    ]),
  ).toEqual([
    ['m0', 'done', false],
    ['m1', 'drop', false],
    ['m2', 'park', true],
  ]);
  for (const span of spans) {
    expect(span).toMatchObject({
      name: 'process some',
      kind: 'consumer',
      traceId: trace.traceId,
      parentSpanId: trace.spanId,
    });
  }
  expect(handed.map((one) => one?.spanId)).toEqual([...spans.map(({ spanId }) => spanId), undefined]);
});

it('runs a message that is handled by itself in its trace, and what it publishes follows', async () => {
  const [queue, next] = [await broker.queue(), await broker.queue()];
  const publisher = await broker.publisher({ tracing });
  const { supervisor } = broker.consumers({ tracing });
  supervisor.register(
    { id: 'passing-on', contract: numbered, kind: 'single', queues: [queue] },
    {
      handle: async () => {
        await publisher.publish(aMessage({ routingKey: next, messageId: 'm2' }));
        return done();
      },
    },
  );
  supervisor.start();

  await publisher.publish(aMessage({ routingKey: queue, messageId: 'm1', trace }));

  await waitFor(() => collector.spans.length === 3);
  const chain = collector.traceOf(trace.traceId);
  expect(chain.map(({ name, attributes }) => [name.split(' ')[0], attributes['messaging.message.id']])).toEqual([
    ['send', 'm1'],
    ['process', 'm1'],
    ['send', 'm2'],
  ]);
  expect(chain.slice(1).map(({ parentSpanId }) => parentSpanId)).toEqual(chain.slice(0, 2).map(({ spanId }) => spanId));
});

it('records nothing of a trace that its caller does not record', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher({ tracing });
  const unrecorded = newTrace(false);

  await publisher.publish(aMessage({ routingKey: queue, trace: unrecorded }));
  await publisher.publish(aMessage({ routingKey: queue, trace }));

  await waitFor(() => collector.spans.length > 0);
  expect(collector.traceOf(unrecorded.traceId)).toEqual([]);
  const [message] = await broker.vhost.drain(queue);
  expect(message?.properties.headers?.['traceparent']).toMatch(
    new RegExp(`^00-${unrecorded.traceId}-[0-9a-f]{16}-00$`),
  );
});
