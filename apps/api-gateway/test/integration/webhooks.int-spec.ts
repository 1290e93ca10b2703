import { connect } from 'node:net';
import { maxWebhookBytes, systemQueues } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { fixedLimits } from '../../src/rate-limits/limits';
import { FakeSns, topic } from '../servers/fake-sns';
import { WebhookGateway, type TestService } from './webhooks.fixture';

let sns: FakeSns;
let gateway: WebhookGateway;
let mailjet: TestService;
let brevo: TestService;
let ses: TestService;

beforeAll(async () => {
  sns = await FakeSns.start();
  gateway = await WebhookGateway.start({ SNS_ORIGIN: sns.origin });
  mailjet = await gateway.addService('mailjet');
  brevo = await gateway.addService('brevo');
  ses = await gateway.addService('ses', topic);
  await waitFor(async () => (await gateway.post(mailjet.path, '[]')).status === 200);
});
beforeEach(async () => {
  await gateway.taken();
  gateway.lines.splice(0);
});
afterAll(async () => {
  await gateway.close();
  await sns.close();
});

const person = 'jane.doe@example.org';
const anEvent = (n: number) => ({ event: 'sent', time: 1_772_366_000 + n, email: person, CustomID: `action:${n}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const basicOf = ({ id, token }: TestService) => basic(String(id), token.slice(String(id).length + 1));

/** Refused: nothing was published, and no line of the log holds anything of the request. */
const expectNothing = async (): Promise<void> => {
  expect(await gateway.taken()).toEqual([]);
  const text = gateway.lines.join('\n');
  for (const secret of [person, 'jane', '127.0.0.1', mailjet.token, brevo.token, ses.token]) {
    expect(text).not.toContain(secret);
  }
};

describe('a call with the secret', () => {
  it('is given to email-delivery as it came, by path and by Basic', async () => {
    const text = `[${JSON.stringify(anEvent(1))},\n {"MessageID": 1152921527117845641}]`;
    expect((await gateway.post(mailjet.path, text)).status).toBe(200);
    expect((await gateway.post('/webhook/brevo', anEvent(2), basicOf(brevo))).status).toBe(200);
    const taken = await gateway.taken();
    expect(taken).toMatchObject([
      { message: { provider: 'mailjet', serviceId: mailjet.id, body: text } },
      { message: { provider: 'brevo', serviceId: brevo.id, body: JSON.stringify(anEvent(2)) } },
    ]);
    expect(taken.map(({ messageId, message }) => messageId === message.id)).toEqual([true, true]);
  });

  it('has one id, however often the provider repeats it', async () => {
    await gateway.post(mailjet.path, anEvent(3));
    await gateway.post(mailjet.path, anEvent(3));
    await gateway.post(mailjet.path, anEvent(4));
    const [one, two, other] = (await gateway.taken()).map(({ messageId }) => messageId);
    expect(two).toBe(one);
    expect(other).not.toBe(one);
  });

  it.each(['text/plain; charset=UTF-8', 'application/x-www-form-urlencoded', 'application/json'])(
    'comes under type %s',
    async (type) => {
      expect((await gateway.post(mailjet.path, anEvent(5), { 'content-type': type })).status).toBe(200);
      expect(await gateway.taken()).toHaveLength(1);
    },
  );

  it('is refused when it is no JSON of ours', async () => {
    const bodies = ['', 'no json', '{"email": "jane.doe@example.org"', '7', '"jane"', 'null', '[1] [2]', '\u0000[]'];
    for (const body of bodies) expect([body, (await gateway.post(mailjet.path, body)).status]).toEqual([body, 400]);
    const notText = Buffer.from('["jane.doe@example.org\xff"]', 'latin1');
    expect(await rawStatus(mailjet.path, notText)).toBe(400);
    await expectNothing();
  });

  it('is refused cheaply when it is nested a million deep, in lists or in objects', async () => {
    const lists = '['.repeat(1_000_000);
    const objects = '{"a":'.repeat(200_000);
    const closed = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const withPerson = `[{"email":"${person}"},${'['.repeat(900_000)}`;
    const used = process.cpuUsage();
    for (const body of [lists, objects, closed, withPerson]) {
      const answer = await gateway.post(mailjet.path, body);
      expect([answer.status, answer.body]).toEqual([400, { error: 'nested too deep' }]);
    }
    expect(process.cpuUsage(used).user / 1_000).toBeLessThan(2_000);
    await expectNothing();
  });

  it('is refused when it is too big, announced or not', async () => {
    const big = `["${'x'.repeat(maxWebhookBytes)}"]`;
    expect(await rawStatus(mailjet.path, Buffer.from(big))).toBe(413);
    expect(await rawStatus(mailjet.path, Buffer.from(big), 'chunked')).toBe(413);
    const fits = `["${'x'.repeat(maxWebhookBytes - 4)}"]`;
    expect(await rawStatus(mailjet.path, Buffer.from(fits), 'chunked')).toBe(200);
    expect(await gateway.taken()).toMatchObject([{ message: { body: fits } }]);
  });

  it('is logged without anything personal', async () => {
    await gateway.post(mailjet.path, anEvent(6));
    await gateway.post(mailjet.path, `{"email":"${person}"`);
    expect(gateway.lines.join()).not.toContain('jane');
    expect(gateway.log()).toMatchObject([
      { level: 'debug', msg: 'webhook taken', serviceId: mailjet.id },
      { level: 'warn', msg: 'webhook refused', reason: 'no JSON', status: 400, serviceId: mailjet.id },
    ]);
  });
});

describe('a call without the secret', () => {
  it('is refused, whatever is wrong with it', async () => {
    const other = await gateway.addService('mailjet');
    const smtp = await gateway.addService('smtp');
    const wrong = `${mailjet.token.slice(0, -2)}AA`;
    const secret = mailjet.token.slice(String(mailjet.id).length + 1);
    const calls: [string, Record<string, string>, number][] = [
      ['/webhook/mailjet', {}, 401],
      ['/webhook/brevo', {}, 401],
      [`/webhook/mailjet/${wrong}`, {}, 401],
      [`/webhook/mailjet/${other.id}-${secret}`, {}, 401],
      [`/webhook/mailjet/999999999-${secret}`, {}, 401],
      [`/webhook/brevo/${mailjet.token}`, {}, 401],
      [`/webhook/mailjet/${wrong}`, basicOf(mailjet), 401],
      ['/webhook/mailjet/x', {}, 401],
      ['/webhook/mailjet', basicOf(brevo), 401],
      ['/webhook/mailjet', basic('jane.doe@example.org', secret), 401],
      ['/webhook/mailjet', { authorization: 'Bearer x' }, 401],
      ['/webhook/mailjet', { authorization: 'Basic !' }, 401],
      [`/webhook/smtp/${smtp.token}`, {}, 404],
      ['/webhook/mailgun', {}, 404],
    ];
    for (const [path, headers, status] of calls) {
      expect([path, (await gateway.post(path, [anEvent(7)], headers)).status]).toEqual([path, status]);
    }
    await expectNothing();
    expect(gateway.log()).toHaveLength(calls.length);
  });

  it('is refused before its body is read', async () => {
    const socket = connect(Number(new URL(await gateway.app.getUrl()).port), '127.0.0.1');
    socket.write('POST /webhook/mailjet HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"email":');
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('is refused more shortly after too many of them; whoever has the secret is not', async () => {
    const statuses: number[] = [];
    for (let n = 0; n <= fixedLimits.refusedWebhookByAddress.points; n += 1) {
      statuses.push((await gateway.post('/webhook/mailjet', [anEvent(8)])).status);
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const tooMany = await gateway.post('/webhook/mailjet', [anEvent(8)]);
    expect([tooMany.status, Number(tooMany.headers['retry-after']) > 0]).toEqual([429, true]);
    await expectNothing();
    expect((await gateway.post(mailjet.path, [anEvent(9)])).status).toBe(200);
    expect(await gateway.taken()).toHaveLength(1);
  });
});

describe('a call of Amazon SNS', () => {
  const event = { eventType: 'Delivery', mail: { messageId: '1' }, delivery: { recipients: [person] } };

  it.each(['1', '2'] as const)('is taken when the signature (version %s) is right', async (version) => {
    const body = sns.notification(event, { MessageId: `m-${version}` }, version);
    expect((await gateway.post(ses.path, body, { 'content-type': 'text/plain; charset=UTF-8' })).status).toBe(200);
    expect(await gateway.taken()).toMatchObject([
      { message: { provider: 'ses', serviceId: ses.id, body: JSON.stringify(body) } },
    ]);
    expect(sns.certificatesServed).toBe(1);
  });

  it('is signed without a subject where it has none', async () => {
    expect((await gateway.post(ses.path, sns.notification(event, { Subject: undefined }))).status).toBe(200);
    expect(await gateway.taken()).toHaveLength(1);
    expect((await gateway.post(ses.path, { ...sns.notification(event), Subject: undefined })).status).toBe(403);
    await expectNothing();
  });

  it('confirms the subscription of its own topic, and stores nothing', async () => {
    expect((await gateway.post(ses.path, sns.subscription())).status).toBe(200);
    expect(sns.confirmed).toEqual(['/?Action=ConfirmSubscription&Token=t1']);
    await expectNothing();
  });

  it('is refused when anything in it is not Amazon’s, or not this topic’s', async () => {
    const right = sns.notification(event);
    const elsewhere = await FakeSns.start();
    const calls: [object, number][] = [
      [{ ...right, Message: JSON.stringify({ ...event, eventType: 'Bounce' }) }, 403],
      [{ ...right, Timestamp: '2026-03-02T11:53:21.000Z' }, 403],
      [{ ...right, Signature: 'AAAA' }, 403],
      [sns.notification(event, { TopicArn: `${topic}-2` }), 403],
      [elsewhere.notification(event), 403],
      [{ ...right, SigningCertURL: 'https://sns.eu-west-1.amazonaws.com.example.org/x.pem' }, 403],
      [sns.subscription({ SubscribeURL: `${elsewhere.origin}/` }), 403],
      [sns.subscription({ SubscribeURL: 'https://sns.eu-west-1.amazonaws.com.example.org/' }), 403],
      [sns.notification(event, { Type: 'Something' }), 400],
      [{ Type: 'Notification' }, 400],
      [event, 400],
    ];
    for (const [body, status] of calls) {
      expect([body, (await gateway.post(ses.path, body)).status]).toEqual([body, status]);
    }
    const topicless = await gateway.addService('ses');
    expect((await gateway.post(topicless.path, right)).body).toEqual({ error: 'the service has no topic in its path' });
    expect([sns.confirmed.length, elsewhere.confirmed.length, elsewhere.certificatesServed]).toEqual([1, 0, 0]);
    await elsewhere.close();
    await expectNothing();
  });

  it('is put off while SNS cannot be asked', async () => {
    sns.fault = { status: 500, body: 'jane' };
    expect((await gateway.post(ses.path, sns.subscription())).status).toBe(503);
    sns.fault = { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } };
    expect((await gateway.post(ses.path, sns.subscription())).status).toBe(503);
    sns.fault = null;
    expect((await gateway.post(ses.path, sns.subscription())).status).toBe(200);
    await expectNothing();
  });
});

describe('while the surroundings fail', () => {
  it('a call without a queue to go to is put off', async () => {
    await gateway.vhost.channel.unbindQueue(systemQueues.emailEvents, 'event', 'system.mail.webhook');
    const answer = await gateway.post(mailjet.path, [anEvent(10)]);
    await gateway.vhost.channel.bindQueue(systemQueues.emailEvents, 'event', 'system.mail.webhook');
    expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([503, true]);
    await expectNothing();
  });

  it('a call is put off until the broker has it', async () => {
    gateway.broker.freeze();
    expect((await gateway.post(mailjet.path, [anEvent(11)])).status).toBe(503);
    gateway.broker.thaw();
    await waitFor(async () => (await gateway.post(mailjet.path, [anEvent(11)])).status === 200);
    const ids = (await gateway.taken()).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(1);
  });
});

it('takes the bare path only where a setting allows it, and never for SNS', async () => {
  const open = await WebhookGateway.start({ WEBHOOK_BARE_PATHS: 'true' });
  try {
    await waitFor(async () => (await open.post('/webhook/mailjet', [anEvent(12)])).status === 200);
    expect((await open.post('/webhook/brevo', anEvent(12))).status).toBe(200);
    expect((await open.post('/webhook/ses', sns.notification({}))).status).toBe(401);
    expect((await open.post('/webhook/mailjet/1-x', [anEvent(12)])).status).toBe(401);
    expect(await open.taken()).toMatchObject([
      { message: { provider: 'mailjet', serviceId: null } },
      { message: { provider: 'brevo', serviceId: null } },
    ]);
  } finally {
    await open.close();
  }
});

/** The status of a body sent byte by byte as it is. */
async function rawStatus(path: string, body: Buffer, encoding?: 'chunked'): Promise<number> {
  const url = `${await gateway.app.getUrl()}${path}`;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(body);
      controller.close();
    },
  });
  const sent = encoding === 'chunked' ? { body: stream, duplex: 'half' as const } : { body };
  const answer = await fetch(url, { method: 'POST', ...(sent as RequestInit) });
  await answer.text();
  return answer.status;
}
