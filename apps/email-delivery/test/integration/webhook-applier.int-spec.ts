import { randomUUID } from 'node:crypto';
import { createLogger, Metrics } from '@groundswell/observability';
import { Database, isDatabaseFault } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import type { EventPages } from '../../src/events/mail-event';
import { InProcessEventPages } from '../../src/events/processing/in-process.event-pages';
import { TidyWebhooksTask } from '../../src/events/webhooks/tidy-webhooks.task';
import { WebhookApplier } from '../../src/events/webhooks/webhook-applier';
import { WebhookMetrics } from '../../src/events/webhooks/webhook-metrics';
import { WebhookPages } from '../../src/events/webhooks/webhook-pages';
import { EventFixture, type TestMail } from './event-fixture';

let fixture: EventFixture;
let database: Database;
let stored: EventPages;
const lines: string[] = [];
const logger = createLogger({
  service: 'test',
  level: 'debug',
  destination: { write: (line: string) => void lines.push(line) },
});
const metrics = new Metrics('test', { withProcessMetrics: false });
const webhookMetrics = new WebhookMetrics(metrics);
const running: WebhookApplier[] = [];

beforeAll(async () => {
  fixture = await EventFixture.create();
  fixture.serviceId = await fixture.service('mailjet');
  database = new Database({ url: fixture.database.urls.mail, applicationName: 'test', poolSize: 4 }, logger);
  await database.connect(30_000);
  stored = new InProcessEventPages(await fixture.storage(), 0);
});
afterEach(async () => {
  for (const applier of running.splice(0)) await applier.stop();
});
afterAll(async () => {
  await database.close();
  await fixture.close();
});

/** Applies until nothing is due. */
function start(pages: EventPages = stored): WebhookApplier {
  const applier = new WebhookApplier(database, new WebhookPages(pages, isDatabaseFault), webhookMetrics, logger, {
    pollMs: 20,
    leaseMs: 60_000,
  });
  running.push(applier);
  applier.start();
  return applier;
}

const poison = 'poison@example.org';
/** Cannot store what is about this address. */
const choosy: EventPages = {
  process: (events) => {
    if (events.some(({ recipient }) => recipient === poison)) {
      return Promise.reject(new Error(`cannot store ${poison}`));
    }
    return stored.process(events);
  },
};

const opened = ({ id, address }: TestMail, changes: object = {}) => ({
  event: 'open',
  time: 1_772_366_000,
  email: address,
  Payload: JSON.stringify({ d: id }),
  ...changes,
});

async function webhook(body: unknown, columns: { receivedAt?: string; serviceId?: number } = {}): Promise<string> {
  const id = randomUUID();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await fixture.sql.query(
    `insert into mail.webhooks (id, provider, service_id, body, received_at) values ($1, 'mailjet', $2, $3, coalesce($4, now()))`,
    [id, columns.serviceId ?? fixture.serviceId, text, columns.receivedAt ?? null],
  );
  return id;
}

interface Row {
  isApplied: boolean;
  attempts: number;
  body: string | null;
  error: string | null;
  isStuck: boolean;
  waitS: number;
}
const rowOf = async (id: string): Promise<Row> => {
  const row = await fixture.row<Row>(
    `select applied_at is not null as "isApplied", attempts, body, error, next_attempt_at = 'infinity' as "isStuck",
            case when isfinite(next_attempt_at) then extract(epoch from next_attempt_at - now())::float8 end as "waitS"
       from mail.webhooks where id = $1`,
    [id],
  );
  if (!row) throw new Error('no row');
  return row;
};
const ended = (id: string): Promise<Row> =>
  waitFor(async () => {
    const row = await rowOf(id);
    return (row.isApplied || row.error !== null) && row;
  });
const isOpened = async ({ id }: TestMail): Promise<boolean> =>
  (await fixture.row<{ at: Date | null }>('select opened_at as at from mail.deliveries where id = $1', [id]))?.at !=
  null;

it('applies each event by itself: what one cannot does not keep the others', async () => {
  const mails = await fixture.mails(5);
  const bad = opened({ id: 1, address: poison });
  const id = await webhook([
    ...mails.slice(0, 3).map((mail) => opened(mail)),
    bad,
    ...mails.slice(3).map((mail) => opened(mail)),
  ]);
  const neighbour = await fixture.mail();
  const other = await webhook(opened(neighbour));
  start(choosy);
  expect(await ended(other)).toMatchObject({ isApplied: true, body: null, error: null });
  const { waitS, body, ...row } = await ended(id);
  expect(row).toEqual({
    isApplied: false,
    attempts: 1,
    isStuck: false,
    error: '1 of 6 events: Error: cannot store [REDACTED]',
  });
  expect(JSON.parse(body ?? '')).toEqual([bad]);
  expect(waitS).toBeGreaterThan(0);
  expect(waitS).toBeLessThanOrEqual(60);
  for (const mail of [...mails, neighbour]) expect(await isOpened(mail)).toBe(true);
  expect(await metrics.text()).toMatch(/^proca_mailjet_events_count\{reason="opened",.*\} 6$/m);
});

it('tries again later, and leaves to a person what never can be', async () => {
  const id = await webhook(opened({ id: 1, address: poison }));
  await fixture.sql.query('update mail.webhooks set attempts = 11 where id = $1', [id]);
  start(choosy);
  expect(await ended(id)).toMatchObject({ isApplied: false, attempts: 12, isStuck: true });
  await new TidyWebhooksTask(database, webhookMetrics, logger, 14, 1_000).run();
  expect(await metrics.text()).toMatch(/groundswell_mail_webhooks_stuck\{.*\} 1/);
  await running[0]?.stop();
  await fixture.sql.query(
    'update mail.webhooks set next_attempt_at = now(), attempts = 0, error = null where id = $1',
    [id],
  );
  start();
  expect(await ended(id)).toMatchObject({ isApplied: true, body: null });
});

it.each([
  ['no json', '1 of 1 events: SyntaxError'],
  ['['.repeat(1_000_000), '1 of 1 events: SyntaxError'],
  [`${'['.repeat(400_000)}${']'.repeat(400_000)}`, '1 of 1 events: RangeError'],
  ['7', '1 of 1 events: no event name'],
  ['{"event":"open"}', '1 of 1 events: no recipient'],
])('leaves what it cannot read to a person at once (%#)', async (body, error) => {
  const id = await webhook(body);
  start();
  expect(await ended(id)).toMatchObject({ isApplied: false, isStuck: true, attempts: 1, error, body });
});

it('counts no attempt while the database fails', async () => {
  const mail = await fixture.mail();
  const id = await webhook(opened(mail));
  let calls = 0;
  start({
    process: (events) => {
      calls += 1;
      if (calls > 2) return stored.process(events);
      return Promise.reject(Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' }));
    },
  });
  expect(await ended(id)).toMatchObject({ isApplied: true, attempts: 1 });
  expect(calls).toBe(3);
});

it('finds what a process that died had claimed, once its lease is over', async () => {
  const mail = await fixture.mail();
  const id = await webhook(opened(mail));
  await fixture.sql.query(
    `update mail.webhooks set attempts = 1, next_attempt_at = now() + interval '300 milliseconds' where id = $1`,
    [id],
  );
  start();
  expect(await ended(id)).toMatchObject({ isApplied: true, attempts: 2 });
  expect(await isOpened(mail)).toBe(true);
});

it('is done once by many', async () => {
  const mails = await fixture.mails(200);
  const ids = await Promise.all(mails.map((mail) => webhook(opened(mail))));
  for (let n = 0; n < 3; n += 1) start();
  for (const id of ids) expect(await ended(id)).toMatchObject({ isApplied: true, attempts: 1 });
  const events = await fixture.row('select count(*)::int as n from mail.events where delivery_id = any($1)', [
    mails.map((mail) => mail.id),
  ]);
  expect(events).toEqual({ n: 200 });
});

it('logs what it did with nobody in it', async () => {
  lines.splice(0);
  const mail = await fixture.mail();
  const bodies = [
    opened(mail),
    opened({ ...mail, address: 'foreign@example.org' }),
    opened({ id: 1, address: poison }),
  ];
  const ids = [
    await webhook(bodies),
    await webhook(`{"email":"${mail.address}"`),
    await webhook({ email: mail.address }),
  ];
  start(choosy);
  for (const id of ids) await ended(id);
  const text = lines.join('');
  expect(text).toContain('"opened":1');
  expect(text).toContain('"unprocessable":1');
  expect(text).toContain('webhook not applied');
  for (const address of [mail.address, poison, 'foreign', '@']) expect(text).not.toContain(address);
});

it('forgets old rows, but none that still waits for its turn', async () => {
  const receivedAt = '2020-01-01T00:00:00Z';
  const ids = [await webhook('no json', { receivedAt }), await webhook('[]', { receivedAt }), await webhook('[]')];
  start();
  for (const id of ids) await ended(id);
  await running[0]?.stop();
  const waiting = await webhook('[]', { receivedAt });
  await new TidyWebhooksTask(database, webhookMetrics, logger, 14, 1_000).run();
  const left = await fixture.rows<{ id: string }>('select id from mail.webhooks where id = any($1)', [
    [...ids, waiting],
  ]);
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set([ids[2], waiting]));
});
