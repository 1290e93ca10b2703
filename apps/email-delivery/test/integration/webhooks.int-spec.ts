import { hash, randomBytes, randomUUID } from 'node:crypto';
import {
  exchanges,
  factKeys,
  ingestKey,
  ingestQueue,
  partitionCount,
  systemQueues,
  type MailWebhookV1,
} from '@groundswell/contracts';
import { partitionOfRef } from '@groundswell/crypto';
import { OutboxRelay } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { addressHasher } from '../../src/deliveries/address-hash';
import { MailFixture } from './mail-fixture';

const ENVELOPE_KEY = randomBytes(32).toString('base64url');
const hashAddress = addressHasher({ ENVELOPE_KEY });
const ref = hash('sha256', 'jane', 'buffer');
const commands = ingestQueue(partitionOfRef(ref, partitionCount));
const outcomes = 'test.outcomes';
const sentAt = 1_772_366_000;
const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();

type Provider = 'mailjet' | 'brevo' | 'ses';
let fixture: MailFixture;
const services = new Map<Provider, number>();

beforeAll(async () => {
  fixture = await MailFixture.create();
  await fixture.vhost.declareExchange(exchanges.ingest);
  await fixture.vhost.declareExchange(exchanges.event);
  const key = ingestKey(partitionOfRef(ref, partitionCount));
  await fixture.vhost.declareQueue(commands, { exchange: exchanges.ingest, key });
  await fixture.vhost.declareQueue(outcomes, { exchange: exchanges.event, key: factKeys.mailOutcome });
  await fixture.vhost.declareQueue(systemQueues.emailEvents);
  await fixture.sql.query(
    `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', '1', 'confirmed', now())`,
  );
  await fixture.sql.query(`insert into catalog.orgs (id, name, title) values (7, 'org', 'Org')`);
  for (const name of ['mailjet', 'brevo', 'ses'] as const) {
    const { rows } = await fixture.sql.query<{ id: string }>(
      'insert into catalog.services (org_id, name) values (7, $1) returning id',
      [name],
    );
    services.set(name, Number(rows[0]?.id));
  }
  await fixture.start({ ENVELOPE_KEY });
});
afterAll(() => fixture.close());

interface SentMail {
  id: number;
  address: string;
  customId: string;
}

async function mail(provider: Provider, kind: 'action' | 'mtt'): Promise<SentMail> {
  const number = fixture.next();
  const address = `jane${number}@example.org`;
  const customId = `${kind}:${number}`;
  const { rows } = await fixture.sql.query<{ id: string }>(
    `insert into mail.deliveries (purpose, kind, org_id, state, action_id, ref, address_hash, service_id)
     values ($1, 'thank_you', 7, 'sent', $2, $3, $4, $5) returning id`,
    [`test:${number}`, kind === 'action' ? number : null, ref, hashAddress(address), services.get(provider)],
  );
  return { id: Number(rows[0]?.id), address, customId };
}

async function told(provider: Provider, body: unknown, serviceId = services.get(provider) ?? null): Promise<string> {
  const id = randomUUID();
  const schema = 'groundswell:mail-webhook:1';
  const receivedAt = new Date().toISOString();
  const message: MailWebhookV1 = { schema, id, provider, serviceId, receivedAt, body: JSON.stringify(body) };
  await fixture.send(systemQueues.emailEvents, message, { messageId: id, type: schema });
  return id;
}

const applied = (id: string) =>
  waitFor(async () => {
    const { rows } = await fixture.sql.query<{ body: string | null; attempts: number }>(
      'select body, attempts from mail.webhooks where id = $1 and applied_at is not null',
      [id],
    );
    return rows[0];
  });

/** What others were told, once all of it has left the outbox. */
async function published(): Promise<string[]> {
  for (const app of fixture.running) app.get(OutboxRelay).wake();
  await waitFor(async () => (await fixture.sql.query('select from mail.outbox')).rowCount === 0);
  const messages = [...(await fixture.vhost.drain(commands)), ...(await fixture.vhost.drain(outcomes))];
  return messages.map(({ content }) => {
    const body = JSON.parse(content.toString('utf8')) as { event?: string; outcome?: string };
    return body.event ?? `target ${body.outcome}`;
  });
}

async function timesOf({ id }: SentMail): Promise<string[]> {
  const { rows } = await fixture.sql.query<Record<string, Date | null>>(
    `select delivered_at as delivered, opened_at as opened, clicked_at as clicked, bounced_at as bounced
       from mail.deliveries where id = $1`,
    [id],
  );
  return Object.entries(rows[0] ?? {}).flatMap(([name, at]) => (at === null ? [] : [name]));
}

const mailjet = (changes: object) => (of: SentMail) => ({
  time: sentAt,
  MessageID: of.id,
  email: of.address.toUpperCase(),
  CustomID: of.customId,
  Payload: JSON.stringify({ d: of.id }),
  ...changes,
});
const brevo = (event: string) => (of: SentMail) => ({
  ...{ event, email: of.address, id: 1, ts_event: sentAt, 'message-id': `<${of.id}@relay>` },
  tags: [of.customId, `d:${of.id}`],
});
const ses = (eventType: string, part: (address: string) => object) => (of: SentMail) => ({
  Type: 'Notification',
  Message: JSON.stringify({
    eventType,
    mail: {
      messageId: `m-${of.id}`,
      timestamp: iso(sentAt),
      destination: [of.address],
      headers: [{ name: 'X-Proca-Id', value: of.customId }],
      tags: { 'delivery-id': [String(of.id)] },
    },
    ...part(of.address),
  }),
});
const bounced = (bounceType: string) =>
  ses('Bounce', (emailAddress) => ({
    bounce: { bounceType, timestamp: iso(sentAt), bouncedRecipients: [{ emailAddress }] },
  }));

/** email-and-mtt.md §4: the event, what becomes of the mail, what of the action, what of a target. */
const table: [string, Provider, (of: SentMail) => object, string[], string[], string[]][] = [
  [
    'hard bounce',
    'mailjet',
    mailjet({ event: 'bounce', hard_bounce: true }),
    ['bounced'],
    ['bounce'],
    ['target bounce'],
  ],
  ['soft bounce', 'mailjet', mailjet({ event: 'bounce', hard_bounce: false }), [], [], ['target soft_bounce']],
  ['bounce without kind', 'mailjet', mailjet({ event: 'bounce' }), [], [], ['target soft_bounce']],
  ['blocked', 'mailjet', mailjet({ event: 'blocked' }), ['bounced'], ['blocked'], ['target blocked']],
  ['spam', 'mailjet', mailjet({ event: 'spam' }), [], ['spam'], ['target spam']],
  ['unsub', 'mailjet', mailjet({ event: 'unsub' }), [], ['unsub'], ['target unsub']],
  ['sent', 'mailjet', mailjet({ event: 'sent' }), ['delivered'], [], ['target delivered']],
  ['open', 'mailjet', mailjet({ event: 'open' }), ['opened'], [], ['target opened']],
  ['click', 'mailjet', mailjet({ event: 'click' }), ['clicked'], [], ['target clicked']],
  ['unknown name', 'mailjet', mailjet({ event: 'new' }), [], [], []],
  ['hard_bounce', 'brevo', brevo('hard_bounce'), ['bounced'], ['bounce'], ['target bounce']],
  ['invalid_email', 'brevo', brevo('invalid_email'), ['bounced'], ['bounce'], ['target bounce']],
  ['soft_bounce', 'brevo', brevo('soft_bounce'), [], [], ['target soft_bounce']],
  ['deferred', 'brevo', brevo('deferred'), [], [], []],
  ['request', 'brevo', brevo('request'), [], [], []],
  ['error', 'brevo', brevo('error'), [], [], []],
  ['blocked', 'brevo', brevo('blocked'), ['bounced'], ['blocked'], ['target blocked']],
  ['spam', 'brevo', brevo('spam'), [], ['spam'], ['target spam']],
  ['unsubscribed', 'brevo', brevo('unsubscribed'), [], ['unsub'], ['target unsub']],
  ['delivered', 'brevo', brevo('delivered'), ['delivered'], [], ['target delivered']],
  ['opened', 'brevo', brevo('opened'), ['opened'], [], ['target opened']],
  ['unique_opened', 'brevo', brevo('unique_opened'), ['opened'], [], ['target opened']],
  ['proxy_open', 'brevo', brevo('proxy_open'), [], [], []],
  ['unique_proxy_open', 'brevo', brevo('unique_proxy_open'), [], [], []],
  ['click', 'brevo', brevo('click'), ['clicked'], [], ['target clicked']],
  ['Permanent', 'ses', bounced('Permanent'), ['bounced'], ['bounce'], ['target bounce']],
  ['Transient', 'ses', bounced('Transient'), [], [], ['target soft_bounce']],
  [
    'Complaint',
    'ses',
    ses('Complaint', (emailAddress) => ({
      complaint: { timestamp: iso(sentAt), complainedRecipients: [{ emailAddress }] },
    })),
    [],
    ['spam'],
    ['target spam'],
  ],
  [
    'Delivery',
    'ses',
    ses('Delivery', (address) => ({ delivery: { timestamp: iso(sentAt), recipients: [address] } })),
    ['delivered'],
    [],
    ['target delivered'],
  ],
  ['Open', 'ses', ses('Open', () => ({ open: { timestamp: iso(sentAt) } })), ['opened'], [], ['target opened']],
  ['Click', 'ses', ses('Click', () => ({ click: { timestamp: iso(sentAt) } })), ['clicked'], [], ['target clicked']],
];

it.each(table)('%s of %s', async (_name, provider, bodyOf, times, ofAction, ofTarget) => {
  const [toSupporter, toTarget] = [await mail(provider, 'action'), await mail(provider, 'mtt')];
  const { body, attempts } = await applied(await told(provider, bodyOf(toSupporter)));
  expect([body, attempts]).toEqual([null, 1]);
  expect(await timesOf(toSupporter)).toEqual(times);
  expect(await published()).toEqual(ofAction);
  await applied(await told(provider, bodyOf(toTarget)));
  expect(await published()).toEqual(ofTarget);
});

it('changes nothing twice, in whatever order', async () => {
  const to = await mail('mailjet', 'action');
  const bounce = mailjet({ event: 'bounce', hard_bounce: true })(to);
  const sent = mailjet({ event: 'sent', time: sentAt + 60 })(to);
  await applied(await told('mailjet', [bounce, sent, bounce]));
  await applied(await told('mailjet', [sent, bounce]));
  await applied(await told('mailjet', sent));
  expect(await timesOf(to)).toEqual(['bounced']);
  expect(await published()).toEqual(['bounce']);
});

it('changes nothing for a foreign recipient, a foreign account or a mail that is not there', async () => {
  const to = await mail('mailjet', 'action');
  const bounce = mailjet({ event: 'bounce', hard_bounce: true });
  await applied(await told('mailjet', [bounce({ ...to, address: 'foreign@example.org' })]));
  await applied(await told('mailjet', bounce(to), (services.get('mailjet') ?? 0) + 1_000));
  await applied(await told('mailjet', bounce({ ...to, id: 999_999, customId: 'action:999999' })));
  await applied(await told('mailjet', { ...bounce({ ...to, customId: 'action:abc' }), Payload: '', MessageID: 0 }));
  await applied(await told('brevo', brevo('hard_bounce')(to)));
  expect(await timesOf(to)).toEqual([]);
  expect(await published()).toEqual([]);
});
