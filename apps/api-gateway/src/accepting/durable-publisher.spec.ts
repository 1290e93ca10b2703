import { Metrics, newTrace, runWithTrace } from '@groundswell/observability';
import type { OutgoingMessage, PublishResult } from '@groundswell/messaging';
import { inFakeTime } from '@groundswell/testing';
import { AcceptMetrics } from './accept-metrics';
import { DurablePublisher, type SpoolMessage } from './durable-publisher';

const message = {
  id: '0199b1c2-0000-7000-8000-000000000001',
  type: 'groundswell:submission:1',
  partition: 11,
  json: Buffer.from('{"é":1}'),
  at: new Date('2026-01-02T03:04:05Z'),
};

function aDurablePublisher(result: PublishResult, { isConfirmed = true, spoolFails = false } = {}) {
  const published: OutgoingMessage[] = [];
  const spooled: SpoolMessage[] = [];
  const metrics = new Metrics('test', { withProcessMetrics: false });
  const durable = new DurablePublisher({
    publisher: {
      publish: (outgoing) => {
        published.push(outgoing);
        return Promise.resolve(result);
      },
    },
    queues: { isSystemConfirmed: isConfirmed },
    spool: {
      add: (row) => {
        if (spoolFails) return Promise.reject(new Error('database away'));
        spooled.push(row);
        return Promise.resolve();
      },
    },
    metrics: new AcceptMetrics(metrics),
    logger: { error: () => undefined },
  });
  return { durable, published, spooled, metrics };
}

it('publishes persistent and mandatory under the id, by partition', async () => {
  const { durable, published, spooled, metrics } = aDurablePublisher({ status: 'confirmed' });
  await expect(durable.publish(message)).resolves.toBe('broker');
  expect(published).toEqual([
    {
      exchange: 'ingest',
      routingKey: '11',
      body: message.json,
      messageId: message.id,
      type: 'groundswell:submission:1',
      timestamp: message.at,
      mandatory: true,
      persistent: true,
    },
  ]);
  expect(spooled).toEqual([]);
  expect(await metrics.text()).toContain('groundswell_gateway_accepted_total{path="broker",service="test"} 1');
});

it.each<PublishResult>([
  { status: 'returned', replyText: 'NO_ROUTE' },
  { status: 'unavailable', reason: 'no_channel', maybeSent: false },
  { status: 'unavailable', reason: 'blocked', maybeSent: false },
  { status: 'unavailable', reason: 'nacked', maybeSent: true },
  { status: 'unavailable', reason: 'timeout', maybeSent: true },
  { status: 'unavailable', reason: 'suspect', maybeSent: false },
  { status: 'unavailable', reason: 'too_many_unconfirmed', maybeSent: false },
])('gives the spool the same id after $status $reason', async (result) => {
  const { durable, spooled, metrics } = aDurablePublisher(result);
  await expect(durable.publish(message)).resolves.toBe('spool');
  expect(spooled).toEqual([
    { messageId: message.id, exchange: 'ingest', routingKey: '11', type: message.type, body: '{"é":1}', headers: {} },
  ]);
  const cause = result.status === 'unavailable' ? result.reason : result.status;
  const text = await metrics.text();
  expect(text).toContain('groundswell_gateway_accepted_total{path="spool",service="test"} 1');
  expect(text).toContain(`groundswell_gateway_spooled_total{cause="${cause}",service="test"} 1`);
});

it('does not publish to queues that topology-service has not confirmed', async () => {
  const { durable, published, spooled } = aDurablePublisher({ status: 'confirmed' }, { isConfirmed: false });
  await expect(durable.publish(message)).resolves.toBe('spool');
  expect([published.length, spooled.length]).toEqual([0, 1]);
});

it.each([
  ['what the broker has left of the time', 2_000, 60_000, 58_000],
  ['a time of its own where this process stood still', 4_000, 2_750, 750],
])('gives the spool %s', async (_name, brokerMs, limitMs, spoolMs) => {
  const waits: number[] = [];
  const durable = new DurablePublisher({
    publisher: {
      publish: async () => {
        await new Promise((resolve) => setTimeout(resolve, brokerMs));
        return { status: 'unavailable', reason: 'timeout', maybeSent: true };
      },
    },
    queues: { isSystemConfirmed: true },
    spool: {
      add: (_row, waitMs) => {
        waits.push(waitMs);
        return Promise.resolve();
      },
    },
    metrics: new AcceptMetrics(new Metrics('test', { withProcessMetrics: false })),
    logger: { error: () => undefined },
    limitMs,
  });
  await inFakeTime(() => durable.publish(message));
  expect(waits).toEqual([spoolMs]);
});

it.each([true, false])('promises nothing when neither takes it (maybe sent: %s)', async (maybeSent) => {
  const { durable } = aDurablePublisher({ status: 'unavailable', reason: 'timeout', maybeSent }, { spoolFails: true });
  await expect(durable.publish(message)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Temporarily unavailable, please retry',
    extra: { retryAfterSeconds: 5 },
  });
});

it.each([true, false])('keeps the trace of a request in the spool where somebody records it: %s', async (sampled) => {
  const { durable, spooled } = aDurablePublisher({ status: 'unavailable', reason: 'blocked', maybeSent: false });
  const trace = newTrace(sampled);
  await runWithTrace(trace, () => durable.publish(message));
  const kept = sampled ? { traceparent: `00-${trace.traceId}-${trace.spanId}-01` } : {};
  expect(spooled[0]?.headers).toEqual(kept);
});
