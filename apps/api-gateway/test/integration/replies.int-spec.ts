import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { exchanges, factQueue, mttReplyKey, mttReplyV1, type MttReplyV1 } from '@groundswell/contracts';
import { encodeRef, ReplyTokens, SecretEnvelope } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { fixedLimits } from '../../src/rate-limits/limits';
import { FixesWorld, problemsOf } from './fixes.fixture';

const list = `query ($org: String!, $campaign: String, $after: ID, $limit: Int) {
  answer: mttReplies(orgName: $org, campaignName: $campaign, after: $after, limit: $limit) {
    replies { id receivedAt campaignId actionId targetId contactRef subject text isCut } after } }`;
const queue = factQueue('mtt-service');
const envelopeKey = randomBytes(32).toString('base64url');
const address = new ReplyTokens(SecretEnvelope.fromText(envelopeKey)).seal(71);

let world: FixesWorld;
let url: string;

beforeAll(async () => {
  world = await FixesWorld.start({ ENVELOPE_KEY: envelopeKey });
  url = await world.gateway.app.getUrl();
  await world.fleet.vhost.declareExchange(exchanges.event);
});
afterAll(() => world.fleet.close());

const post = (
  to: string,
  body: string | Buffer | FormData | URLSearchParams,
  contentType?: string,
): Promise<Response> =>
  fetch(`${url}/webhook/inbound/${to}`, {
    method: 'POST',
    body: body instanceof Buffer ? new Uint8Array(body) : body,
    ...(contentType && { headers: { 'content-type': contentType } }),
  });
const taken = async (): Promise<MttReplyV1[]> =>
  (await world.fleet.vhost.drain(queue)).map(({ content }) => mttReplyV1.parse(JSON.parse(content.toString('utf8'))));

describe('an answer of a target', () => {
  const mail = 'Subject: Re: Bees\r\n\r\nThank you.\r\n';

  it('waits with the provider while nobody takes it', async () => {
    const response = await post(address, mail, 'message/rfc822');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    await world.fleet.vhost.declareQueue(queue, { exchange: exchanges.event, key: mttReplyKey });
  });

  it('goes to mtt-service by its address alone, the same answer under one id', async () => {
    for (const to of [address, `${address.toUpperCase()}@answers.greens.org`]) {
      expect(await (await post(to, mail, 'message/rfc822')).json()).toEqual({ status: 'ok' });
    }
    const replies = await taken();
    expect(replies).toMatchObject([
      { messageId: 71, mail: { form: 'mime', content: Buffer.from(mail).toString('base64') } },
      { messageId: 71 },
    ]);
    expect(new Set(replies.map(({ id }) => id)).size).toBe(1);
  });

  it('is taken from a Mailgun route, as a form with its parts or with the whole mail', async () => {
    const fields = {
      subject: 'Re: Bees',
      'body-plain': 'Thank you.',
      'stripped-text': 'other',
      from: 'anna@parliament.test',
    };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('attachment-1', new Blob(['x'.repeat(5 * 1024 * 1024)]), 'a.pdf');
    for (const body of [new URLSearchParams(fields), form, new URLSearchParams({ 'body-html': '<p>Thanks</p>' })]) {
      expect((await post(address, body)).status).toBe(200);
    }
    expect((await post(address, new URLSearchParams({ 'body-mime': mail }))).status).toBe(200);
    expect((await taken()).map((reply) => reply.mail)).toEqual([
      { form: 'parsed', subject: 'Re: Bees', text: 'Thank you.', isHtml: false },
      { form: 'parsed', subject: 'Re: Bees', text: 'Thank you.', isHtml: false },
      { form: 'parsed', subject: '', text: '<p>Thanks</p>', isHtml: true },
      { form: 'mime', content: Buffer.from(mail).toString('base64') },
    ]);
  });

  it('of any length is read to its beginning, up to a limit', async () => {
    const long = Buffer.concat([Buffer.from(mail), Buffer.alloc(3 * 1024 * 1024, 'x')]);
    expect((await post(address, long, 'message/rfc822')).status).toBe(200);
    const [reply] = await taken();
    const content = reply?.mail.form === 'mime' ? Buffer.from(reply.mail.content, 'base64') : Buffer.alloc(0);
    expect(content.equals(long.subarray(0, 64 * 1024))).toBe(true);
    const form = new URLSearchParams({ 'body-plain': 'x'.repeat(2 * 1024 * 1024) });
    expect((await post(address, form)).status).toBe(413);
  });

  /** The beginning of a mail, on a connection of its own. */
  const begin = async (): Promise<Socket> => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = ['content-type: message/rfc822', 'content-length: 5000', '', 'Subject: Re'].join('\r\n');
    socket.write(`POST /webhook/inbound/${address} HTTP/1.1\r\nhost: gateway\r\n${head}`);
    return socket;
  };

  it('has two places for those of one message, so that nobody keeps the others out', async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, begin));
    const answers: string[] = [];
    for (const socket of sockets) socket.on('data', (data) => answers.push(data.toString().slice(9, 12)));
    await waitFor(() => answers.length === 8);
    expect(new Set(answers)).toEqual(new Set(['503']));
    const other = new ReplyTokens(SecretEnvelope.fromText(envelopeKey)).seal(72);
    expect((await post(other, mail, 'message/rfc822')).status).toBe(200);
    expect(await taken()).toMatchObject([{ messageId: 72 }]);
    for (const socket of sockets) socket.destroy();
  });

  it('is taken after providers went away while they posted', async () => {
    for (let call = 0; call < 10; call += 1) (await begin()).destroy();
    await waitFor(async () => (await post(address, mail, 'message/rfc822')).status === 200);
    expect(await taken()).toHaveLength(1);
  });

  it('is taken so often of one message, and no more', async () => {
    const to = new ReplyTokens(SecretEnvelope.fromText(envelopeKey)).seal(73);
    const { points } = fixedLimits.replyToMessage;
    let accepted = 0;
    const isTaken = async (): Promise<boolean> =>
      (await post(to, `${mail}${accepted}`, 'message/rfc822')).status === 200;
    while (accepted < 2 * points && (await isTaken())) accepted += 1;
    const stored = (await taken()).length;
    expect(stored).toBe(accepted);
    // While Redis is slow to answer, a process counts by itself for a moment.
    expect(accepted).toBeGreaterThanOrEqual(points);
    expect(accepted).toBeLessThan(2 * points);
  });

  it('is not taken where no person wrote it', async () => {
    const headers = JSON.stringify([['Auto-Submitted', 'auto-replied']]);
    const form = new URLSearchParams({ 'body-plain': 'I am away.', 'message-headers': headers });
    expect((await post(address, form)).status).toBe(200);
    expect(await taken()).toEqual([]);
  });

  it.each([
    ['an address that is none', 401, () => post('r-00000000000000000000000000000000', mail)],
    ['another path', 401, () => post('x', mail)],
    ['an empty body', 400, () => post(address, '', 'message/rfc822')],
    ['a form without a mail', 400, () => post(address, new URLSearchParams({ from: 'a' }))],
    ['a form that is none', 400, () => post(address, 'x', 'multipart/form-data')],
  ])('is refused at %s', async (_what, status, call) => {
    expect((await call()).status).toBe(status);
    expect(await taken()).toEqual([]);
  });
});

it('answers are shown to whoever may export the contacts of the lead, newest first, none of an erased person', async () => {
  const [one, other, gone] = [0, 1, 2].map(() => randomBytes(32));
  const targetId = randomUUID();
  const addReply = async (fingerprint: Buffer, receivedAt: string, columns: object = {}): Promise<string> => {
    const id = randomUUID();
    const common = {
      message_id: 1,
      org_id: world.lead.id,
      campaign_id: world.campaignId,
      action_id: 9,
      target_id: targetId,
    };
    const texts = { subject: 'Re: Bees', body: receivedAt, is_cut: false, accepted_at: '2026-11-01T00:00:00Z' };
    await world.fleet.insert(
      'replies',
      { id, fingerprint, received_at: receivedAt, ...common, ...texts, ...columns },
      'mtt',
    );
    return id;
  };
  const first = await addReply(one!, '2026-11-20T10:00:00Z');
  const second = await addReply(other!, '2026-11-20T11:00:00Z', { campaign_id: 999 });
  await addReply(gone!, '2026-11-20T12:00:00Z');
  await addReply(one!, '2026-11-20T13:00:00Z', { org_id: world.partner.id });
  await world.fleet.sql.query('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, $3)', [
    world.lead.id,
    gone,
    '2026-11-10T00:00:00Z',
  ]);
  const ask = (variables: object, token = world.lead.owner.token) =>
    world.gateway.post(list, { org: world.lead.name, ...variables }, token);
  const answerOf = async (variables: object) =>
    ((await ask(variables)).data as unknown as { answer: { replies: { id: string }[]; after: string | null } }).answer;
  const page = await answerOf({ limit: 1 });
  expect(page.replies.map(({ id }) => id)).toEqual([second]);
  expect(await answerOf({ after: page.after })).toEqual({
    after: null,
    replies: [
      {
        id: first,
        receivedAt: '2026-11-20T10:00:00.000Z',
        campaignId: world.campaignId,
        actionId: 9,
        targetId,
        contactRef: encodeRef(one!),
        subject: 'Re: Bees',
        text: '2026-11-20T10:00:00Z',
        isCut: false,
      },
    ],
  });
  const campaign = await world.nameOf('campaigns', world.campaignId);
  expect((await answerOf({ campaign })).replies.map(({ id }) => id)).toEqual([first]);
  expect(problemsOf(await ask({ limit: 101 }))).toEqual(['is too large at answer.limit']);
  expect(problemsOf(await ask({ after: 'x' }))).toEqual(['is invalid at answer.after']);
  const campaigner = await world.member(world.lead, 'campaigner');
  expect(problemsOf(await ask({}, campaigner.token))).toEqual([
    'permission_denied: You do not have the required permission at answer',
  ]);
});
