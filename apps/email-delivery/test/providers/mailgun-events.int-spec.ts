import { MailgunCooldown } from '../../src/providers/mailgun/mailgun-cooldown';
import { MailgunEventsClient, type EventsPage } from '../../src/providers/mailgun/mailgun-events.client';
import type { ReaderSettings } from '../../src/providers/mailgun/mailgun-reader';
import { GeneratedLog, MailgunMock, WrittenLog, type MockEvent } from './mailgun-mock';

const domain = 'mg.test';
const startMs = Date.parse('2026-11-21T10:00:00Z');
const fiveTypes = ['delivered', 'opened', 'failed', 'unsubscribed', 'complained'];
const nowMs = startMs + 3_600_000;

let mock: MailgunMock;
let log: WrittenLog;
let waits: number[];
let cooldown: MailgunCooldown;
let clients: MailgunEventsClient[];
let ids = 0;

const settings = (changes: Partial<ReaderSettings> = {}): ReaderSettings => ({
  connectTimeoutMs: 60_000,
  allowPrivate: true,
  cooldown,
  now: () => nowMs,
  random: () => 0,
  wait: (ms) => {
    waits.push(ms);
    return Promise.resolve();
  },
  ...changes,
});
const client = ({ changes = {}, tags = [], user = domain, password = 'key' } = {} as ClientOptions) => {
  const made = new MailgunEventsClient({ id: 7, host: mock.url, user, password }, settings(changes), tags);
  clients.push(made);
  return made;
};
type ClientOptions = { changes?: Partial<ReaderSettings>; tags?: string[]; user?: string; password?: string };

function event(changes: Partial<MockEvent> & { atMs?: number } = {}): MockEvent {
  const { atMs = startMs, ...rest } = changes;
  ids += 1;
  return {
    id: `e${ids}`,
    type: 'delivered',
    us: atMs * 1000,
    visibleMs: atMs,
    recipient: `p${ids}@example.org`,
    deliveryId: ids,
    messageId: `${ids}@mg.test`,
    ...rest,
  };
}

async function read(
  query: { begin?: number; end?: number; types?: string[] } = {},
  { maxEvents = Infinity, from = client() } = {},
) {
  const pages: EventsPage[] = [];
  const window = { begin: new Date(query.begin ?? startMs - 1000), end: new Date(query.end ?? nowMs) };
  const fetched = await from.fetch(
    { ...window, types: query.types ?? fiveTypes },
    {
      maxEvents,
      onPage: (page) => {
        pages.push(page);
        return Promise.resolve(true);
      },
    },
  );
  return { ...fetched, pages, events: pages.flatMap(({ events }) => events) };
}

beforeEach(async () => {
  mock = await new MailgunMock({ now: () => nowMs }).start();
  log = new WrittenLog();
  mock.addDomain(domain, 'key', log);
  [waits, clients, cooldown] = [[], [], new MailgunCooldown(() => nowMs)];
});
afterEach(async () => {
  await Promise.all(clients.map((one) => one.close()));
  await mock.stop();
});

it('asks as Mailgun wants to be asked', async () => {
  log.add(event({ tags: ['bulk-email', 'here'] }));
  log.add(event({ tags: ['bulk-email', 'elsewhere'] }));
  const { events } = await read({}, { from: client({ tags: ['bulk-email', 'here'] }) });
  expect(events).toHaveLength(1);
  expect(Object.fromEntries(mock.calls[0]?.query ?? [])).toEqual({
    begin: (startMs / 1000 - 1).toFixed(3),
    end: (nowMs / 1000).toFixed(3),
    ascending: 'yes',
    limit: '300',
    event: fiveTypes.join(' OR '),
    tags: 'bulk-email AND here',
  });
});

it('reads all pages in order, until one is empty', async () => {
  for (let at = 0; at < 650; at += 1) log.add(event({ atMs: startMs + ((at * 7919) % 650) }));
  const { events, pages, ended, count } = await read();
  expect(pages.map((page) => page.count)).toEqual([300, 300, 50]);
  expect(mock.eventCalls).toBe(4);
  expect({ ended, count }).toEqual({ ended: 'drained', count: 650 });
  const times = events.map(({ at }) => at.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(events.map(({ id }) => id)).size).toBe(650);
});

it('stays with the host it called, whatever pages name', async () => {
  const eu = await new MailgunMock({ now: () => nowMs, pagingOrigin: 'https://api.eu.mailgun.invalid' }).start();
  eu.addDomain(domain, 'key', new GeneratedLog({ mails: 200, startMs, spanMs: 1000 }));
  const from = new MailgunEventsClient({ id: 7, host: eu.url, user: domain, password: 'key' }, settings());
  const { count } = await read({}, { from });
  expect(count).toBeGreaterThan(200);
  await from.close();
  await eu.stop();
});

it('reads only the types it is asked for', async () => {
  log.add(event({ type: 'opened' }));
  log.add(event({ type: 'delivered' }));
  log.add(event({ type: 'accepted' }));
  const { events } = await read({ types: ['opened'] });
  expect(events.map(({ type }) => type)).toEqual(['opened']);
});

it('leaves out what is newer than the fetch, and reads on past it', async () => {
  for (let at = 0; at < 300; at += 1) log.add(event({ atMs: nowMs + 1 + at, visibleMs: 0 }));
  log.add(event({ atMs: startMs }));
  const { count, ended } = await read({ end: nowMs + 10_000 });
  expect({ count, ended }).toEqual({ count: 1, ended: 'drained' });
});

it('skips and counts records it cannot read, a whole page of them too', async () => {
  for (let at = 0; at < 300; at += 1) log.addRaw((startMs + at) * 1000, { id: at, event: 'delivered' });
  log.addRaw((startMs + 300) * 1000, null);
  log.add(event({ atMs: startMs + 400 }));
  const { count, skipped, events } = await read();
  expect({ count, skipped, events: events.length }).toEqual({ count: 302, skipped: 301, events: 1 });
});

describe('a limit on events', () => {
  it('is passed while all events are those of the begin', async () => {
    for (let at = 0; at < 900; at += 1) log.add(event({ atMs: startMs }));
    log.add(event({ atMs: startMs + 1 }));
    for (let at = 0; at < 900; at += 1) log.add(event({ atMs: startMs + 2 }));
    const { count, ended } = await read({ begin: startMs }, { maxEvents: 300 });
    expect({ count, ended }).toEqual({ count: 1200, ended: 'capped' });
  });

  it('ends the fetch once an event is later', async () => {
    for (let at = 0; at < 900; at += 1) log.add(event({ atMs: startMs + at }));
    const { count, ended } = await read({ begin: startMs }, { maxEvents: 301 });
    expect({ count, ended }).toEqual({ count: 600, ended: 'capped' });
  });
});

it('throws what its reader throws, after that page', async () => {
  for (let at = 0; at < 900; at += 1) log.add(event({ atMs: startMs + at }));
  const query = { begin: new Date(startMs), end: new Date(nowMs), types: fiveTypes };
  const onPage = () => Promise.reject(new Error('not stored'));
  await expect(client().fetch(query, { maxEvents: 9_000, onPage })).rejects.toThrow('not stored');
  expect(mock.eventCalls).toBe(1);
});

describe('a rate limit', () => {
  it('is waited for, longer each time, and never shorter than asked', async () => {
    log.add(event());
    mock.answerNext(429, {});
    mock.answerNext(429, {}, { 'retry-after': '5' });
    mock.answerNext(429, {}, { 'x-ratelimit-reset': String(nowMs + 7_000) });
    await expect(read()).resolves.toMatchObject({ count: 1 });
    expect(waits).toEqual([1_000, 5_000, 7_000]);
  });

  it('is waited for with jitter', async () => {
    mock.answerNext(429, {});
    await read({}, { from: client({ changes: { random: () => 0.999 } }) });
    expect(waits[0]).toBeCloseTo(1_249.75);
  });

  it('fails the fetch after three retries', async () => {
    for (let at = 0; at < 4; at += 1) mock.answerNext(429, {});
    await expect(read()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  it('longer than 30 s fails at once, and all who use the account stay away that long, an hour at most', async () => {
    mock.answerNext(429, {}, { 'retry-after': '90000' });
    await expect(read()).rejects.toMatchObject({ code: 'rate_limited' });
    await expect(read()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(mock.calls).toHaveLength(1);
    expect(cooldown.leftMs).toBe(3_600_000);
  });

  it('does not hand a page over twice', async () => {
    for (let at = 0; at < 600; at += 1) log.add(event({ atMs: startMs + at }));
    const from = client();
    const pages: number[] = [];
    await from.fetch(
      { begin: new Date(startMs), end: new Date(nowMs), types: fiveTypes },
      {
        maxEvents: 9_000,
        onPage: ({ count }) => {
          pages.push(count);
          mock.answerNext(429, {});
          return Promise.resolve(true);
        },
      },
    );
    expect(pages).toEqual([300, 300]);
  });
});

it.each([
  ['no JSON', 'Bad gateway'],
  ['no items', { paging: {} }],
  ['items that are no list', { items: 'x' }],
  ['no next page', { items: [{}] }],
  ['a next page of something else', { items: [{}], paging: { next: 'https://api.mailgun.net/v3/other/events/x' } }],
])('fails for a page with %s', async (_, body) => {
  mock.answerNext(200, body);
  await expect(read()).rejects.toMatchObject({ code: 'malformed' });
});

it.each([
  [401, 'refused'],
  [404, 'refused'],
  [500, 'away'],
  [503, 'away'],
])('fails for a %i', async (status, code) => {
  mock.answerNext(status, { message: 'no' });
  await expect(read()).rejects.toMatchObject({ code, message: `HTTP ${status}: no` });
});

it('fails when nobody answers, and gives up at once when told to', async () => {
  mock.mishap({ kind: 'reset' });
  await expect(read()).rejects.toMatchObject({ code: 'away' });
  mock.mishap({ kind: 'silent' });
  const stop = new AbortController();
  const query = { begin: new Date(startMs), end: new Date(nowMs), types: fiveTypes };
  const from = new MailgunEventsClient({ id: 7, host: mock.url, user: domain, password: 'key' }, settings());
  const reading = from.fetch(query, { maxEvents: 1, signal: stop.signal, onPage: () => Promise.resolve(true) });
  stop.abort();
  await expect(reading).rejects.toMatchObject({ code: 'stopped' });
});

it('takes an address off every list, and off one it is not on', async () => {
  const { suppressed } = mock.addDomain('lists.test', 'key');
  for (const list of Object.values(suppressed)) list.add('a+b@example.org').add('other@example.org');
  suppressed.complaints.delete('a+b@example.org');
  await client({ user: 'lists.test' }).removeSuppression('a+b@example.org');
  expect(Object.values(suppressed).map((list) => [...list])).toEqual(Array(3).fill(['other@example.org']));
});

it('says so when an address could not be taken off', async () => {
  mock.answerNext(200, {});
  mock.answerNext(500, {});
  await expect(client().removeSuppression('a@example.org')).rejects.toMatchObject({ code: 'away' });
});
