import { hash } from 'node:crypto';
import { seededRandom } from '@groundswell/testing';
import type { MailEvent } from '../../src/events/mail-event';
import { EventFixture } from './event-fixture';
import { commandOf, outcomeOf } from './event-messages';
import { randomEvents, truthOf, type ToldMail } from './event-truth';

const mailsPerRun = 60;

let fixture: EventFixture;
beforeAll(async () => void (fixture = await EventFixture.create()));
afterAll(() => fixture.close());

const shuffle = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

function pagesOf(events: readonly MailEvent[], random: () => number): MailEvent[][] {
  const pages: MailEvent[][] = [];
  for (let from = 0; from < events.length;) {
    const size = 1 + Math.floor(random() * 40);
    pages.push(events.slice(from, from + size));
    from += size;
  }
  return pages;
}

/** Mails of few people, of no mailing or one of two, some of them to targets. */
async function tellMails(seed: number, random: () => number): Promise<ToldMail[]> {
  const mailings = [await fixture.mailing(), await fixture.mailing(), null];
  const people = Array.from({ length: 20 }, (_, index) => `run${seed}-${index}@example.org`);
  const columns = Array.from({ length: mailsPerRun }, (_, index) => {
    const address = people[Math.floor(random() * people.length)] as string;
    const mailingId = mailings[Math.floor(random() * mailings.length)] ?? null;
    return {
      address,
      ref: hash('sha256', address, 'buffer'),
      mailingId,
      actionId: seed * 1_000 + index,
      isToTarget: random() < 0.2,
    };
  });
  const mails = await fixture.mails(mailsPerRun, (index) => {
    const { isToTarget: _, ...column } = columns[index] as (typeof columns)[number];
    return column;
  });
  return mails.map((mail, index) => {
    const column = columns[index] as (typeof columns)[number];
    const events = randomEvents(mail, random, 0).map((event, place) => ({
      ...event,
      at: new Date(event.at.getTime() - (event.at.getTime() % 1_000) + ((index * 16 + place) % 1_000)),
      customId: column.isToTarget ? `mtt:${mail.id}` : null,
    }));
    return { ...mail, ...column, events };
  });
}

async function storedOf(mails: readonly ToldMail[]): Promise<ReturnType<typeof truthOf>> {
  const ids = [mails.map(({ id }) => id)];
  const time = (column: string) => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const lines = async (list: string, from: string, parameters: unknown[] = ids): Promise<string[]> => {
    const columns = list.split(';').map((column) => `coalesce((${column})::text, '')`);
    const rows = await fixture.rows<{ line: string }>(
      `select ${columns.join(`||'|'||`)} as line from ${from}`,
      parameters,
    );
    return rows.map(({ line }) => line);
  };
  const of = 'where delivery_id = any($1) order by delivery_id';
  const refs = [mails.map(({ ref }) => ref)];
  const outbox = await fixture.rows<{ body: string; exchange: string }>('select body, exchange from mail.outbox');
  const actions = new Set(mails.map(({ actionId }) => actionId));
  const known = new Set(mails.map(({ id }) => id));
  const mailings = [[...new Set(mails.flatMap(({ mailingId }) => mailingId ?? []))]];
  return {
    deliveries: await lines(
      `id;${['delivered_at', 'opened_at', 'clicked_at', 'bounced_at'].map(time).join(';')}`,
      'mail.deliveries where id = any($1) order by id',
    ),
    events: (await lines('delivery_id', `mail.events ${of}`)).length,
    failures: await lines(
      `delivery_id;severity;message;${time('failed_at')};attempts;is_suppressed;${time('resolved_at')}`,
      `mail.failures ${of}`,
    ),
    complaints: await lines(`delivery_id;${time('at')}`, `mail.complaints ${of}`),
    suppressions: await lines(
      `encode(address_hash, 'hex');reason;${time('created_at')}`,
      `mail.suppressions where delivery_id = any($1) order by 1`,
    ),
    contacts: await lines(
      `encode(ref, 'hex');${time('last_seen_at')};mails;opened`,
      'mail.contact_seen where ref = any($1) and (mails > 0 or opened > 0 or last_seen_at is not null) order by 1',
      refs,
    ),
    mailings: await lines(
      'id;delivered_count;opened_count;clicked_count;failed_count',
      'mail.mailings where id = any($1)',
      mailings,
    ),
    commands: outbox
      .filter(({ exchange }) => exchange === 'ingest')
      .map(commandOf)
      .filter(({ actionId }) => actions.has(actionId))
      .map(({ actionId, event }) => `${actionId}|${event}`)
      .sort(),
    outcomes: outbox
      .filter(({ exchange, body }) => exchange === 'event' && body.includes('groundswell:mail-outcome:1'))
      .map(outcomeOf)
      .filter(({ deliveryId }) => known.has(deliveryId))
      .map(({ deliveryId, outcome }) => `${deliveryId}|${outcome}`)
      .sort(),
  };
}

const sorted = (truth: ReturnType<typeof truthOf>) => ({
  ...truth,
  deliveries: truth.deliveries.toSorted(),
  failures: truth.failures.toSorted(),
  complaints: truth.complaints.toSorted(),
  contacts: truth.contacts.toSorted(),
  mailings: truth.mailings.toSorted(),
});

const seeds = process.env['EVENT_SEED'] ? [Number(process.env['EVENT_SEED'])] : [1, 2, 3, 4, 5, 6];

it.each(seeds)(
  'ends in the same state in every order, with repeats, in pages of two processes at once (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const mails = await tellMails(seed, random);
    const events = mails.flatMap((mail) => mail.events);
    const repeats = shuffle(events, random).slice(0, Math.floor(events.length / 2));
    const pages = pagesOf(shuffle([...events, ...repeats], random), random);
    const workers = [await fixture.storage(), await fixture.storage()];
    await Promise.all(
      workers.map(async (worker) => {
        for (let page = pages.shift(); page; page = pages.shift()) {
          const result = await worker.store(page);
          expect(Object.values(result).reduce((sum, count) => sum + count, 0)).toBe(page.length);
          expect(result.unprocessable).toBe(0);
        }
      }),
    );
    expect(fixture.warnings).toEqual([]);
    expect(sorted(await storedOf(mails))).toEqual(sorted(truthOf(mails)));
  },
);
