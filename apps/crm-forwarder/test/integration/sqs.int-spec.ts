import { systemQueues } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import type { OutgoingPush, PushResult } from '../../src/pushing/push-backend';
import { SqsBackend } from '../../src/sqs/sqs.backend';
import { aPush, aPushOfBytes, endpointOf, readAll } from '../sqs/sqs-reader';
import {
  bytesOf,
  sqsError,
  SqsServer,
  throttled,
  type BatchEntry,
  type ReceivedCall,
  type Reply,
  type SqsQueue,
} from '../sqs/sqs-servers';
import { ForwarderFixture } from './forwarder-fixture';
import { anAction, anEmailStatusEvent } from './pushed-messages';

const org = { id: 11, name: 'greenorg' };
const kib = 1024;
/** For servers that answer; and for those that do not. */
const settings = { connectTimeoutMs: 60_000, timeoutMs: 60_000, allowPrivate: true };
const hasty = { ...settings, timeoutMs: 700 };

const actions = (count: number): OutgoingPush[] =>
  Array.from({ length: count }, (_, at) => aPush(anAction(org, at + 1).body));
const outcomes = (results: PushResult[]): string[] => results.map(({ outcome }) => outcome);

describe('pushing to SQS', () => {
  let server: SqsServer;
  let queue: SqsQueue;
  let backend: SqsBackend;

  /** Bodies of a call, as they reached the server. */
  const entriesOfCalls = (): BatchEntry[][] =>
    server.calls.map(({ body }) => (JSON.parse(body.toString('utf8')) as { Entries: BatchEntry[] }).Entries);
  const push = (pushes: OutgoingPush[], change = {}) => backend.push(endpointOf(queue, 'secret', change), pushes);
  const read = () => readAll(server, queue, 'secret');

  beforeEach(async () => {
    server = await new SqsServer().start();
    server.addKey('AKIAGREEN', 'secret');
    queue = server.addQueue('crm', 'AKIAGREEN');
    backend = new SqsBackend(settings);
  });
  afterEach(async () => {
    await backend.close();
    await server.stop();
  });

  it('hands ten messages over in one call, with what readers sort by', async () => {
    const results = await push(actions(10));
    expect(results).toHaveLength(10);
    for (const result of results) {
      expect(result).toEqual({
        outcome: 'delivered',
        status: 200,
        excerpt: expect.stringMatching(/^MessageId \S{36}$/),
      });
    }
    expect(entriesOfCalls().map((entries) => entries.map(({ Id }) => Id))).toEqual([[...'0123456789']]);
    const attributes = { Schema: 'proca:action:2', Stage: 'deliver', CampaignName: 'river', ActionType: 'register' };
    expect(await read()).toEqual(
      Array.from({ length: 10 }, (_, at) => ({ body: anAction(org, at + 1).body, attributes })),
    );
  });

  it('takes events and system messages, whose action is none or the same', async () => {
    const system = {
      ...anAction(org, 1, { stage: 'deliver' }).body,
      stage: 'system',
      eventType: 'join_campaign',
      actionId: null,
      campaign: null,
    };
    const status = anEmailStatusEvent(org, 5).body;
    const confirm = { schema: 'proca:event:2', eventType: 'confirm_created', orgId: org.id, confirm: { code: '2' } };
    expect(outcomes(await push([system, system, status, status, confirm].map(aPush)))).toEqual(
      Array.from({ length: 5 }, () => 'delivered'),
    );
    const found = await read();
    expect(found.map(({ body }) => body)).toEqual([system, system, status, status, confirm]);
    expect(found.map(({ attributes }) => attributes).filter((_, at) => at % 2 === 0)).toEqual([
      { Schema: 'proca:action:2', Stage: 'system', ActionType: 'register', EventType: 'join_campaign' },
      { Schema: 'proca:event:2', CampaignName: 'river', ActionType: 'register', EventType: 'email_status' },
      { Schema: 'proca:event:2', EventType: 'confirm_created' },
    ]);
  });

  it('delivers what somebody wrote in characters that SQS refuses', async () => {
    const { body } = anAction(org, 1, { person: 'A\u{FFFE}da \u0000 \u{1F600}' });
    const named = { ...body, action: { ...body.action, actionType: 'sign\u0001\u{FFFF}' } };
    expect(outcomes(await push([aPush(named)]))).toEqual(['delivered']);
    const [found] = await read();
    expect(found).toMatchObject({ body: named, attributes: { ActionType: 'sign\u{FFFD}\u{FFFD}' } });
  });

  it('fails of a batch exactly what was refused, and has exactly the rest of the failures tried again', async () => {
    const faults = [
      ['"actionId":2,', { Code: 'InvalidMessageContents', Message: 'Invalid binary character.', SenderFault: true }],
      ['"actionId":4,', { Code: 'InternalError', Message: 'try again', SenderFault: false }],
      ['"actionId":5,', { Code: 'KMS.AccessDeniedException', Message: 'no key', SenderFault: true }],
      ['"actionId":7,', { Code: 'ThrottlingException', Message: 'Rate exceeded', SenderFault: true }],
    ] as const;
    for (const [mark, fault] of faults) {
      let isFirst = true;
      server.refuse((body) => {
        if (!isFirst || !body.includes(mark)) return null;
        isFirst = false;
        return { ...fault };
      });
    }
    const pushes = actions(8);
    const results = await push(pushes);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'delivered',
      'failed',
      'delivered',
      'retry',
      'retry',
      'delivered',
      'retry',
      'delivered',
    ]);
    expect(results[1]).toMatchObject({ status: 200, error: 'InvalidMessageContents: Invalid binary character.' });
    expect(results[3]).toEqual({ outcome: 'retry', status: 200, error: 'InternalError: try again' });
    expect(results[6]).toMatchObject({ error: 'ThrottlingException: Rate exceeded', retryAfterMs: expect.any(Number) });
    const again = pushes.filter((_, at) => results[at]?.outcome === 'retry');
    expect(outcomes(await push(again))).toEqual(['delivered', 'delivered', 'delivered']);
    const ids = (await read()).map(({ body }) => (body as { actionId: number }).actionId);
    expect(ids.sort()).toEqual([1, 3, 4, 5, 6, 7, 8]);
  });

  it('fails a message that is too large by itself, with the size, and sends its neighbours', async () => {
    const results = await push([aPush({ at: 0 }), aPushOfBytes(256 * kib + 1), aPush({ at: 2 })]);
    expect(results).toMatchObject([
      { outcome: 'delivered' },
      { outcome: 'failed', error: 'message of 262145 bytes with its attributes: SQS takes 262144 at most' },
      { outcome: 'delivered' },
    ]);
    expect((await read()).map(({ body }) => body)).toEqual([{ at: 0 }, { at: 2 }]);
  });

  it('splits a batch beyond 256 KiB, and a message of just that goes alone', async () => {
    const sizes = [100, 100, 100, 256, 1, 1].map((size) => size * kib);
    expect(outcomes(await push(sizes.map((bytes) => aPushOfBytes(bytes))))).toEqual(sizes.map(() => 'delivered'));
    expect(entriesOfCalls().map((entries) => entries.map(bytesOf))).toEqual(
      [[100, 100], [100], [256], [1, 1]].map((call) => call.map((size) => size * kib)),
    );
    expect(queue.messages.map(({ body }) => Buffer.byteLength(body))).toEqual(sizes);
  });

  it('finds the one message at fault when SQS refuses a call whole for it', async () => {
    queue = server.addQueue('small', 'AKIAGREEN', 4 * kib);
    const results = await push([1, 1, 1, 5, 1].map((size) => aPushOfBytes(size * kib)));
    expect(outcomes(results)).toEqual(['delivered', 'delivered', 'delivered', 'failed', 'delivered']);
    expect(results[3]).toMatchObject({
      status: 400,
      error: expect.stringMatching(/^\S*BatchRequestTooLong: .*4096 bytes/),
    });
    expect(queue.messages).toHaveLength(4);
  });

  it.each([
    ['a wrong secret', { password: 'wrong' }, 403, /^SignatureDoesNotMatch/],
    ['an unknown key', { user: 'AKIANOBODY' }, 403, /^InvalidClientTokenId/],
    ['the key of another org', { user: 'AKIAOTHER', password: 'other' }, 403, /^AccessDenied/],
    ['another region', { host: 'us-east-1' }, 403, /^SignatureDoesNotMatch.*region/],
  ])('holds the endpoint for %s', async (_, change, status, error) => {
    server.addKey('AKIAOTHER', 'other');
    expect(await push(actions(2), change)).toEqual(
      [0, 1].map(() => ({ outcome: 'retry', ofEndpoint: true, status, error: expect.stringMatching(error) })),
    );
    expect(server.calls).toHaveLength(1);
  });

  it('holds the endpoint for a queue that does not exist', async () => {
    const results = await push(actions(1), { path: `${queue.url}-away` });
    expect(results).toMatchObject([{ outcome: 'retry', ofEndpoint: true, status: 400 }]);
    expect(results[0]).toHaveProperty('error', expect.stringMatching(/^QueueDoesNotExist: The specified queue/));
  });

  it.each([
    ['no region', { host: 'sqs.eu-west-1.amazonaws.com' }, /region/],
    ['no password', { password: '' }, /credentials/],
    ['no queue URL', { path: null }, /queue URL/],
    ['no URL', { path: 'crm' }, /queue URL/],
  ])('calls nobody with %s', async (_, change, error) => {
    const expected = { outcome: 'retry', ofEndpoint: true, error: expect.stringMatching(error) };
    expect(await push(actions(1), change)).toEqual([expected]);
    expect(server.calls).toEqual([]);
  });

  it.each<[string, Reply, object]>([
    ['throttling', throttled, { status: 400, retryAfterMs: 10_000 }],
    ['a rate exceeded', sqsError(400, 'ThrottlingException', 'Rate exceeded'), { status: 400, retryAfterMs: 10_000 }],
    ['a busy service', sqsError(503, 'ServiceUnavailable', 'busy'), { status: 503, retryAfterMs: 10_000 }],
    [
      'a proxy that names the time',
      { status: 429, headers: { 'retry-after': '7' }, body: 'slow down' },
      { status: 429, retryAfterMs: 7_000 },
    ],
    ['a failure inside', sqsError(500, 'InternalFailure', 'broken'), { status: 500 }],
    ['a disabled key', sqsError(403, 'KmsDisabled', 'key is disabled'), { status: 403 }],
    ['a bad queue URL', sqsError(400, 'InvalidParameterValue', 'parameter QueueUrl is invalid'), { status: 400 }],
    ['an error unheard of', sqsError(400, 'NewError', 'unheard of'), { status: 400 }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, { status: 302 }],
    ['a page that is no answer', { status: 200, body: '<html>not SQS</html>' }, { status: 200 }],
  ])('reads %s as no fault of the messages', async (_, reply, expected) => {
    server.mishap({ kind: 'answer', reply });
    const [first, second] = await push(actions(2));
    expect(first).toEqual({ outcome: 'retry', ofEndpoint: true, error: expect.any(String), ...expected });
    expect(second).toEqual(first);
    expect(server.calls).toHaveLength(1);
    expect(outcomes(await push(actions(1)))).toEqual(['delivered']);
  });

  it('tries again what an answer of success leaves out or takes for something else', async () => {
    const Successful = [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '0'.repeat(32) }];
    server.answerNext(200, { Successful });
    const results = await push(actions(2));
    expect(results).toEqual([
      { outcome: 'retry', status: 200, error: expect.stringMatching(/MD5/) },
      { outcome: 'retry', status: 200, error: 'the answer says nothing of this message' },
    ]);
  });

  it.each([
    ['silent', 'no answer within 700 ms'],
    ['reset', 'connection: ECONNRESET'],
    ['taken-then-half-answer', 'answer broken off: ECONNRESET'],
  ] as const)('holds the endpoint after a call that came to no answer: %s', async (kind, error) => {
    // The SDK is loaded with the first call, which takes its time.
    await push(actions(1));
    const twoCalls = [200, 200].map((size) => aPushOfBytes(size * kib));
    const short = new SqsBackend(kind === 'silent' ? hasty : settings);
    // A machine that stalls may not even connect within such a short time: then once more.
    await waitFor(async () => {
      const before = server.calls.length;
      server.mishap({ kind });
      const results = await short.push(endpointOf(queue, 'secret'), twoCalls);
      await push(actions(1));
      expect(results).toEqual([0, 1].map(() => ({ outcome: 'retry', ofEndpoint: true, error })));
      expect(server.calls).toHaveLength(before + 2);
      return true;
    });
    await short.close();
  });

  it('holds the endpoint while nothing listens there', async () => {
    const { url } = server;
    await server.stop();
    const path = `${url}/123456789012/crm`;
    const error = 'connection: ECONNREFUSED';
    expect(await push(actions(1), { path })).toEqual([{ outcome: 'retry', ofEndpoint: true, error }]);
    server = await new SqsServer().start();
  });

  it('begins no call that would outlive its lease', async () => {
    class SlowServer extends SqsServer {
      protected override async handle(call: ReceivedCall) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return super.handle(call);
      }
    }
    const slow = await new SlowServer().start();
    slow.addKey('AKIAGREEN', 'secret');
    const short = new SqsBackend({ ...settings, timeoutMs: 1_600 });
    try {
      const endpoint = endpointOf(slow.addQueue('crm', 'AKIAGREEN'), 'secret');
      // A machine that stalls makes the server slower than that: then once more.
      await waitFor(async () => {
        const results = await short.push(
          endpoint,
          [200, 200, 200].map((size) => aPushOfBytes(size * kib)),
        );
        expect(outcomes(results)).toEqual(['delivered', 'delivered', 'retry']);
        const error = 'not called: the calls before took too long';
        expect(results[2]).toEqual({ outcome: 'retry', ofEndpoint: true, error });
        return true;
      });
    } finally {
      await short.close();
      await slow.stop();
    }
  });

  it('keeps two orgs apart, and uses a changed secret at once', async () => {
    server.addKey('AKIARED', 'red');
    const red = server.addQueue('red', 'AKIARED');
    const endpoint = endpointOf(red, 'red', { serviceId: 2, orgId: 12 });
    const both = await Promise.all([push(actions(1)), backend.push(endpoint, [aPush({ of: 'red' })])]);
    expect(both.flat().map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered']);
    expect(queue.messages).toHaveLength(1);
    expect(await readAll(server, red, 'red')).toEqual([{ body: { of: 'red' }, attributes: {} }]);
    server.addKey('AKIARED', 'redder');
    expect(await backend.push(endpoint, [aPush({})])).toMatchObject([{ outcome: 'retry', status: 403 }]);
    expect(outcomes(await backend.push({ ...endpoint, password: 'redder' }, [aPush({})]))).toEqual(['delivered']);
  });

  it('calls nobody but AWS, unless the operator says so', async () => {
    const open = (change: object) => new SqsBackend({ ...settings, allowPrivate: false, ...change });
    const strict = open({});
    const proxied = open({ origin: server.url });
    const atAmazon = endpointOf(queue, 'secret', { path: 'https://sqs.eu-west-1.amazonaws.com/123456789012/crm' });
    try {
      expect(await strict.push(endpointOf(queue, 'secret'), actions(1))).toEqual([
        { outcome: 'retry', ofEndpoint: true, error: 'the host of the queue URL is not Amazon SQS' },
      ]);
      expect(server.calls).toEqual([]);
      expect(outcomes(await proxied.push(atAmazon, actions(1)))).toEqual(['delivered']);
      expect(queue.messages).toHaveLength(1);
    } finally {
      await Promise.all([strict.close(), proxied.close()]);
    }
  });

  it('waits for a call under way when it closes', async () => {
    server.mishap({ kind: 'silent' });
    const underway = push(actions(1));
    let isOver = false;
    void underway.then(() => (isOver = true));
    while (server.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await backend.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(true);
    await underway;
  });
});

describe('from system.sqs to the queues of orgs', () => {
  let server: SqsServer;
  let forwarder: ForwarderFixture;
  beforeEach(async () => {
    [server, forwarder] = await Promise.all([new SqsServer().start(), ForwarderFixture.create()]);
  });
  afterEach(async () => {
    await forwarder.close();
    await server.stop();
  });

  const anSqsOrg = async (key: string) => {
    server.addKey(key, `secret of ${key}`);
    const queue = server.addQueue(`crm-${key}`, key);
    const service = { name: 'sqs' as const, host: server.region, user: key, password: `secret of ${key}` };
    return { org: await forwarder.aPushingOrg({ ...service, path: queue.url }), queue };
  };

  it('pushes to each org what is its own, and shows what was refused', async () => {
    const [green, red] = [await anSqsOrg('AKIAGREEN'), await anSqsOrg('AKIARED')];
    const fault = { Code: 'InvalidMessageContents', Message: 'Invalid binary character.', SenderFault: true };
    server.refuse((body) => (body.includes('"actionId":3,') ? fault : null));
    const sent = [1, 2, 3, 4].map((id) => anAction(green.org, id));
    const event = anEmailStatusEvent(red.org, 1);
    const large = anAction(red.org, 2, { person: 'x'.repeat(256 * kib) });
    for (const { body, properties } of [...sent, event, large]) {
      await forwarder.send(systemQueues.sqs, body, properties);
    }
    await forwarder.start({ SQS_URL: server.url });
    const rows = await waitFor(async () => {
      const found = await forwarder.pushes();
      return found.length === 6 && found.every(({ state }) => ['delivered', 'failed'].includes(state)) && found;
    });
    const failed = rows.filter(({ state }) => state === 'failed');
    expect(failed.map(({ orgId, actionId, lastError }) => [orgId, actionId, lastError])).toEqual([
      [green.org.id, 3, 'InvalidMessageContents: Invalid binary character.'],
      [red.org.id, 2, expect.stringMatching(/^message of \d{6} bytes with its attributes: SQS takes 262144 at most$/)],
    ]);
    const bodies = async ({ queue }: typeof green) =>
      (await readAll(server, queue, `secret of ${queue.key}`)).map(({ body }) => body as { actionId: number });
    // Several calls at once keep no order.
    const inOrder = (await bodies(green)).sort((a, b) => a.actionId - b.actionId);
    expect(inOrder).toEqual([0, 1, 3].map((at) => sent[at]?.body));
    expect(await bodies(red)).toEqual([event.body]);
  });
});
