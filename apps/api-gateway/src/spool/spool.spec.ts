import type { Database, OutboxMessage, OutboxRow } from '@groundswell/persistence';
import { defaultSpoolLimits, Spool, type SpoolLimits } from './spool';

/** An outbox whose inserts end when the test says so. */
class HeldOutbox {
  readonly inserts: { ids: string[]; end(error?: Error): void }[] = [];
  readonly database: Pick<Database, 'run'> = { run: (work) => work(undefined as never) };

  insert(_manager: unknown, messages: OutboxMessage[], isClaimed: boolean): Promise<OutboxRow[]> {
    expect(isClaimed).toBe(false);
    return new Promise((resolve, reject) => {
      this.inserts.push({
        ids: messages.map(({ messageId, lane }) => `${lane}:${messageId}`),
        end: (error) => (error ? reject(error) : resolve([])),
      });
    });
  }

  spool(limits: Partial<SpoolLimits> = {}): Spool {
    return new Spool(this.database, this, { ...defaultSpoolLimits, ...limits });
  }
}

const row = (messageId: string, body = '{}') => ({
  messageId,
  exchange: 'ingest',
  routingKey: '1',
  type: 'groundswell:submission:1',
  body,
});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Time stands still otherwise. What is due by then is under way afterwards. */
const pass = async (ms: number): Promise<void> => {
  await turn();
  jest.advanceTimersByTime(ms);
  await turn();
};

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
afterEach(() => void jest.useRealTimers());

it('writes what waits together in one insert, one insert at a time', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ rowsPerInsert: 3 });
  const first = [spool.add(row('a')), spool.add(row('b'))];
  await turn();
  expect(outbox.inserts.map(({ ids }) => ids)).toEqual([['0:a', '0:b']]);
  const later = ['c', 'd', 'e', 'f'].map((id) => spool.add(row(id)));
  await turn();
  expect(outbox.inserts).toHaveLength(1);
  outbox.inserts[0]?.end();
  await Promise.all(first);
  await turn();
  expect(outbox.inserts[1]?.ids).toEqual(['0:c', '0:d', '0:e']);
  outbox.inserts[1]?.end();
  await Promise.all(later.slice(0, 3));
  await turn();
  expect(outbox.inserts[2]?.ids).toEqual(['0:f']);
  outbox.inserts[2]?.end();
  await Promise.all(later);
});

it('resolves only after the commit', async () => {
  const outbox = new HeldOutbox();
  let isDone = false;
  const added = outbox
    .spool()
    .add(row('a'))
    .then(() => (isDone = true));
  await turn();
  await turn();
  expect(isDone).toBe(false);
  outbox.inserts[0]?.end();
  await added;
});

it('bounds an insert in bytes too, but lets a large row go alone', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ bytesPerInsert: 10 });
  const added = [50, 6, 6].map((bytes, index) => spool.add(row(`m${index}`, 'x'.repeat(bytes))));
  for (const [index, entry] of added.entries()) {
    await turn();
    await turn();
    expect(outbox.inserts[index]?.ids).toEqual([`0:m${index}`]);
    outbox.inserts[index]?.end();
    await entry;
  }
});

it('fails every request of a failed insert, and goes on', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool();
  const lost = Promise.allSettled([spool.add(row('a')), spool.add(row('b'))]);
  await turn();
  outbox.inserts[0]?.end(new Error('database away'));
  expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = spool.add(row('c'));
  await turn();
  outbox.inserts[1]?.end();
  await next;
});

it('waits for a commit no longer than its limit, and tries another connection beside a hanging one', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ waitMs: 30, inserts: 2, slowAfterMs: 10 });
  const isRefused = async (id: string): Promise<void> => {
    const refused = expect(spool.add(row(id))).rejects.toThrow('no commit within 30 ms');
    await pass(30);
    await refused;
  };
  await isRefused('a');
  expect(outbox.inserts).toHaveLength(1);
  const second = spool.add(row('b'));
  await turn();
  expect(outbox.inserts.map(({ ids }) => ids)).toEqual([['0:a'], ['0:b']]);
  outbox.inserts[1]?.end();
  await second;
  await isRefused('c');
  await isRefused('d');
  expect(outbox.inserts.map(({ ids }) => ids)).toEqual([['0:a'], ['0:b'], ['0:c']]);
  outbox.inserts[0]?.end();
  outbox.inserts[2]?.end();
});

it('counts a commit that is here but not read yet when the time is over', async () => {
  const outbox = new HeldOutbox();
  const added = outbox.spool({ waitMs: 30 }).add(row('a'));
  await turn();
  jest.advanceTimersByTime(1_000);
  outbox.inserts[0]?.end();
  await added;
});

it('starts a next insert beside one that is slow', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ slowAfterMs: 10, waitMs: 10_000 });
  const slow = spool.add(row('a'));
  await turn();
  const next = spool.add(row('b'));
  await pass(9);
  expect(outbox.inserts).toHaveLength(1);
  await pass(1);
  expect(outbox.inserts[1]?.ids).toEqual(['0:b']);
  outbox.inserts[1]?.end();
  await next;
  outbox.inserts[0]?.end();
  await slow;
});

it('starts no insert beside one that is not slow', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ slowAfterMs: 2_000, waitMs: 10_000 });
  const first = spool.add(row('a'));
  await turn();
  const next = spool.add(row('b'));
  await pass(1_999);
  expect(outbox.inserts.map(({ ids }) => ids)).toEqual([['0:a']]);
  outbox.inserts[0]?.end();
  await first;
  await turn();
  expect(outbox.inserts[1]?.ids).toEqual(['0:b']);
  outbox.inserts[1]?.end();
  await next;
});

it('lets each wait as long as it may, whoever came first', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool();
  const patient = spool.add(row('a'), 5_000);
  const hurried = expect(spool.add(row('b'), 20)).rejects.toThrow('no commit within 20 ms');
  await pass(20);
  await hurried;
  outbox.inserts[0]?.end();
  await patient;
});

it('gives a connection up that takes too long for an insert', async () => {
  const limits: unknown[] = [];
  const outbox = new HeldOutbox();
  const run: Database['run'] = (work, limitMs) => {
    limits.push(limitMs);
    return work(undefined as never);
  };
  const added = new Spool({ run }, outbox, { ...defaultSpoolLimits, insertMs: 700 }).add(row('a'));
  await turn();
  outbox.inserts[0]?.end();
  await added;
  expect(limits).toEqual([700]);
});

it('never inserts what was already refused', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ waitMs: 30, inserts: 1 });
  const hanging = spool.add(row('a'));
  await turn();
  const both = expect(Promise.all([hanging, spool.add(row('b'))])).rejects.toThrow('no commit');
  await pass(30);
  await both;
  const another = expect(spool.add(row('c'))).rejects.toThrow('no commit');
  await pass(30);
  await another;
  outbox.inserts[0]?.end();
  const last = spool.add(row('d'));
  await turn();
  await turn();
  expect(outbox.inserts.map(({ ids }) => ids)).toEqual([['0:a'], ['0:d']]);
  outbox.inserts[1]?.end();
  await last;
});

it('refuses at once when too many wait', async () => {
  const outbox = new HeldOutbox();
  const spool = outbox.spool({ waiting: 1 });
  const first = spool.add(row('a'));
  await expect(spool.add(row('b'))).rejects.toThrow('too many are waiting');
  await turn();
  outbox.inserts[0]?.end();
  await first;
});
