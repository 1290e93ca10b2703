import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@groundswell/testing';
import { addressHasherOf } from '../../src/deliveries/keyed-address';
import type { EventPages, MailEvent, PageResult } from '../../src/events/mail-event';
import { InProcessEventPages } from '../../src/events/processing/in-process.event-pages';
import { ThreadedEventPages } from '../../src/events/processing/threaded.event-pages';
import { keyEvents, type KeyedEvent } from '../../src/events/storage/keyed-event';
import { emptyResult } from '../../src/events/storage/page-result';
import { anEvent } from './event-fixture';

const addressKey = Buffer.alloc(32, 3);
const hashAddress = addressHasherOf(addressKey);
const folder = mkdtempSync(join(tmpdir(), 'event-pages-'));
const workerFile = join(folder, 'event-pages.worker.mjs');

beforeAll(() => {
  const entry = join(process.cwd(), 'apps/email-delivery/src/events/processing/event-pages.worker.ts');
  const program = `import { bundle } from ${JSON.stringify(join(process.cwd(), 'tools/build/bundle.mjs'))};
    await bundle({ [${JSON.stringify(workerFile)}]: ${JSON.stringify(entry)} });`;
  execFileSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, NODE_OPTIONS: '' } });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface StoringPage {
  keyed: readonly KeyedEvent[];
  count: number;
  end: (outcome: PageResult | Error) => void;
}

/** Stores when it is told to. */
class FakeStorage {
  readonly pages: StoringPage[] = [];

  store(events: readonly MailEvent[]): Promise<PageResult> {
    return this.storeKeyed(keyEvents(events, hashAddress), events.length);
  }

  storeKeyed(keyed: readonly KeyedEvent[], count: number): Promise<PageResult> {
    return new Promise((resolve, reject) => {
      const end = (outcome: PageResult | Error) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      this.pages.push({ keyed, count, end });
    });
  }
}

type Pages = EventPages & { stop(): Promise<void> };
const kinds: [string, (storage: FakeStorage) => Pages][] = [
  ['on this thread', (storage) => new InProcessEventPages(storage)],
  ['by a worker thread', (storage) => new ThreadedEventPages(workerFile, () => ({ addressKey, gapMs: 0 }), storage)],
];
const page = (...ids: number[]): MailEvent[] =>
  ids.map((id) => anEvent({ id, address: `Person${id}@example.org` }, 'delivered', { id: `page-${id}` }));
const delivered = (count: number): PageResult => ({ ...emptyResult(), delivered: count });

describe.each(kinds)('pages %s', (_name, open) => {
  it('are stored one after the other, each when the one before is', async () => {
    const storage = new FakeStorage();
    const pages = open(storage);
    const results = [page(1, 2), page(3), page(4, 5)].map((events) => pages.process(events));
    for (const [index, size] of [2, 1, 2].entries()) {
      const storing = await waitFor(() => storage.pages[index]);
      expect(storage.pages).toHaveLength(index + 1);
      expect(storing.count).toBe(size);
      storing.end(delivered(size));
      expect(await results[index]).toEqual(delivered(size));
    }
    await pages.stop();
  });

  it('arrive with keys, hashes and their own events', async () => {
    const storage = new FakeStorage();
    const pages = open(storage);
    const events = [...page(7, 8), ...page(7), { ...page(9)[0]!, at: new Date(Number.NaN) }];
    const result = pages.process(events);
    const storing = await waitFor(() => storage.pages[0]);
    expect(storing.keyed).toEqual(keyEvents(events, hashAddress));
    expect(storing.keyed.every(({ event }) => events.includes(event))).toBe(true);
    storing.end(delivered(2));
    await result;
    await pages.stop();
  });

  it('that cannot be stored fail alone', async () => {
    const storage = new FakeStorage();
    const pages = open(storage);
    const results = Promise.allSettled([pages.process(page(1)), pages.process(page(2))]);
    (await waitFor(() => storage.pages[0])).end(new Error('database away'));
    (await waitFor(() => storage.pages[1])).end(delivered(1));
    expect(await results).toEqual([
      { status: 'rejected', reason: new Error('database away') },
      { status: 'fulfilled', value: delivered(1) },
    ]);
    await pages.stop();
  });
});

describe('a worker thread', () => {
  it('that is stopped finishes the page being stored; those that wait are not stored', async () => {
    const storage = new FakeStorage();
    const pages = new ThreadedEventPages(workerFile, () => ({ addressKey, gapMs: 0 }), storage);
    const results = Promise.allSettled([pages.process(page(1)), pages.process(page(2))]);
    const storing = await waitFor(() => storage.pages[0]);
    const stopped = pages.stop();
    storing.end(delivered(1));
    await stopped;
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(storage.pages).toHaveLength(1);
    await expect(pages.process(page(3))).rejects.toThrow(/stopped/);
  });

  it('that dies fails its pages, and the next page has another one', async () => {
    const mark = join(folder, 'died-once');
    const dyingFile = join(folder, 'dying.worker.mjs');
    writeFileSync(
      dyingFile,
      `import { existsSync, writeFileSync } from 'node:fs';
       if (!existsSync(${JSON.stringify(mark)})) { writeFileSync(${JSON.stringify(mark)}, ''); throw new Error('no memory'); }
       await import(${JSON.stringify(workerFile)});`,
    );
    const storage = new FakeStorage();
    const pages = new ThreadedEventPages(dyingFile, () => ({ addressKey, gapMs: 0 }), storage);
    await expect(pages.process(page(1))).rejects.toThrow(/no memory/);
    const result = pages.process(page(1));
    (await waitFor(() => storage.pages[0])).end(delivered(1));
    expect(await result).toEqual(delivered(1));
    await pages.stop();
  });
});
