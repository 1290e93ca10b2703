import { hash } from 'node:crypto';
import { seededRandom } from '@groundswell/testing';
import type { MailEvent } from '../../src/events/mail-event';
import { aFailure, anEvent, EventFixture, hashAddress, type TestMail } from './event-fixture';

/** A million with CRASH_EVENTS=1000000. */
const wanted = Number(process.env['CRASH_EVENTS'] ?? 10_000);

const pageSize = 300;
/** What is said of twenty mails, over and over. */
const eventsPerBlock = 38;
const blocks = Math.ceil(wanted / eventsPerBlock);
const blocksAtOnce = 250;

let fixture: EventFixture;
beforeAll(async () => void (fixture = await EventFixture.create()));
afterAll(() => fixture.close());

function eventsOf(mail: TestMail, index: number, at: Date): MailEvent[] {
  const say = (type: Parameters<typeof anEvent>[1], change: Partial<MailEvent> = {}) =>
    anEvent(mail, type, { id: `${mail.id}-${type}`, at, ...change });
  const fail = (severity: 'permanent' | 'temporary') => aFailure(mail, severity, { id: `${mail.id}-${severity}`, at });
  const kind = index % 20;
  if (kind === 0) return [fail('temporary'), fail('permanent')];
  if (kind === 1) return [fail('temporary'), say('delivered'), say('opened')];
  if (kind === 2) return [say('delivered'), fail('permanent')];
  if (kind <= 9) return [say('delivered'), say('opened')];
  if (kind <= 11) return [say('delivered'), say('opened'), say('clicked')];
  if (kind === 12) return [say('delivered'), say('opened', { isMachine: true })];
  if (kind === 13) return [say('delivered'), say('complained')];
  if (kind === 14) return [say('delivered'), say('unsubscribed')];
  return [say('delivered')];
}

/** Mails of a mailing as it is sent, one after the other. */
async function insertMails(mailingId: number, count: number): Promise<TestMail[]> {
  const mails: TestMail[] = [];
  const step = 20_000;
  for (let from = 0; from < count; from += step) {
    const addresses = Array.from(
      { length: Math.min(step, count - from) },
      (_, index) => `many${from + index}@example.org`,
    );
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into mail.deliveries (purpose, kind, org_id, state, service_id, action_id, ref, mailing_id, address_hash)
       select 'many:' || ($1 + n), 'mailing', $2, 'sent', $3, $1 + n, r, $4, h
         from unnest($5::bytea[], $6::bytea[]) with ordinality as m (r, h, n) order by n returning id`,
      [
        from,
        fixture.orgId,
        fixture.serviceId,
        mailingId,
        addresses.map((address) => hash('sha256', address, 'buffer')),
        addresses.map(hashAddress),
      ],
    );
    rows.forEach(({ id }, index) => mails.push({ id: Number(id), address: addresses[index] as string }));
  }
  return mails;
}

/** Some blocks at a time in any order; every tenth page comes again. */
function* pagesOf(mails: readonly TestMail[]): Generator<MailEvent[]> {
  const random = seededRandom(7);
  const startMs = Date.UTC(2026, 2, 1);
  for (let from = 0, page = 0; from < mails.length; from += blocksAtOnce * 20) {
    const some = mails.slice(from, from + blocksAtOnce * 20);
    const events = some.flatMap((mail, index) => eventsOf(mail, from + index, new Date(startMs + from + index)));
    const mixed = events.map((event) => ({ event, at: random() })).sort((a, b) => a.at - b.at);
    for (let first = 0; first < mixed.length; first += pageSize, page += 1) {
      const events = mixed.slice(first, first + pageSize).map(({ event }) => event);
      yield events;
      if (page % 10 === 0) yield events;
    }
  }
}

it('loses none of many events and counts none twice, in pages of two processes, some of them repeated', async () => {
  const mailingId = await fixture.mailing();
  const mails = await insertMails(mailingId, blocks * 20);
  await fixture.sql.query('analyze mail.deliveries');
  const workers = [await fixture.storage(), await fixture.storage()];
  const pages = pagesOf(mails);
  let stored = 0;
  const startedAt = performance.now();
  await Promise.all(
    workers.map(async (worker) => {
      for (let next = pages.next(); !next.done; next = pages.next()) {
        const { unprocessable } = await worker.store(next.value);
        if (unprocessable > 0) throw new Error(`${unprocessable} events without a mail`);
        stored += next.value.length;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  process.stdout.write(
    `${blocks * eventsPerBlock} mail events, ${stored} with repeats, in ${seconds.toFixed(1)} s: ${Math.round(stored / seconds)}/s\n`,
  );
  const count = async (what: string): Promise<number> =>
    Number((await fixture.row<{ count: string }>(`select count(*) as count from ${what}`))?.count);
  expect({
    events: await count('mail.events'),
    delivered: await count('mail.deliveries where delivered_at is not null'),
    opened: await count('mail.deliveries where opened_at is not null'),
    bounced: await count('mail.deliveries where bounced_at is not null'),
    failures: await count('mail.failures'),
    resolved: await count('mail.failures where resolved_at is not null'),
    complaints: await count('mail.complaints'),
    suppressions: await count('mail.suppressions'),
    commands: await count(`mail.outbox where exchange = 'ingest'`),
    facts: await count(`mail.outbox where exchange = 'event'`),
    contacts: await fixture.row('select sum(mails)::int as mails, sum(opened)::int as opened from mail.contact_seen'),
    mailing: await fixture.row(
      'select delivered_count, opened_count, clicked_count, failed_count from mail.mailings where id = $1',
      [mailingId],
    ),
  }).toEqual({
    events: blocks * eventsPerBlock,
    delivered: blocks * 18,
    opened: blocks * 10,
    bounced: blocks * 2,
    failures: blocks * 3,
    resolved: blocks,
    complaints: blocks,
    suppressions: blocks,
    commands: blocks * 4,
    facts: blocks * 4,
    contacts: { mails: blocks * 18, opened: blocks * 10 },
    mailing: {
      delivered_count: blocks * 18,
      opened_count: blocks * 10,
      clicked_count: blocks * 2,
      failed_count: blocks * 2,
    },
  });
}, 1_800_000);
