import type { ParkedMessage, ParkingStore } from '@groundswell/messaging';

export interface ParkingStoreUnderTest {
  store: ParkingStore;
  /** What stands parked under one queue, in any order. */
  parked(queue: string): Promise<ParkedMessage[]>;
}

let queues = 0;
const aQueue = (): string => `greenorg.queue${(queues += 1)}`;

const aParked = (change: Partial<ParkedMessage> = {}): ParkedMessage => ({
  queue: 'greenorg.crm',
  messageId: 'm1',
  reason: 'unreadable body',
  details: { path: ['contact', 0] },
  body: Buffer.from('{"n":1}'),
  headers: { org_id: 7 },
  ...change,
});

/** What every parking store promises. `create` runs before the tests, once. */
export function describeParkingStore(name: string, create: () => Promise<ParkingStoreUnderTest>): void {
  describe(`${name} as a parking store`, () => {
    let under: ParkingStoreUnderTest;
    beforeAll(async () => {
      under = await create();
    });

    it('keeps a message as it came, whatever its bytes', async () => {
      const row = aParked({
        queue: aQueue(),
        body: Buffer.from([0, 255, 0x7b, 0x80]),
        headers: {
          org_id: 7,
          attempt: 1.5,
          no_mail: true,
          none: null,
          'x-death': [{ count: 3, queue: 'ä "q" {},\\' }],
        },
      });
      await under.store.park([row]);
      expect(await under.parked(row.queue)).toEqual([row]);
    });

    it('keeps a message about which nothing more is known', async () => {
      const row = aParked({ queue: aQueue(), details: undefined, headers: {}, body: Buffer.alloc(0) });
      await under.store.park([row]);
      expect(await under.parked(row.queue)).toEqual([row]);
    });

    it('parks many in one call, and none', async () => {
      const queue = aQueue();
      const rows = Array.from({ length: 200 }, (_, n) =>
        aParked({ queue, messageId: `m${n}`, reason: `reason ${n % 3}` }),
      );
      await under.store.park(rows);
      await under.store.park([]);
      const found = await under.parked(queue);
      expect(found).toHaveLength(200);
      expect(found).toEqual(expect.arrayContaining([rows[0], rows[199]]));
    });

    it('keeps one row, the first, of what is parked again', async () => {
      const queue = aQueue();
      await under.store.park([aParked({ queue }), aParked({ queue, reason: 'twice in one call' })]);
      await under.store.park([aParked({ queue, reason: 'again' }), aParked({ queue, messageId: 'm2' })]);
      const found = await under.parked(queue);
      expect(found.map(({ messageId, reason }) => [messageId, reason]).sort()).toEqual([
        ['m1', 'unreadable body'],
        ['m2', 'unreadable body'],
      ]);
    });

    it('tells the same id in two queues apart', async () => {
      const [one, other] = [aQueue(), aQueue()];
      await under.store.park([aParked({ queue: one }), aParked({ queue: other })]);
      expect(await under.parked(one)).toHaveLength(1);
      expect(await under.parked(other)).toHaveLength(1);
    });

    it('keeps a text that only spells the escape of a NUL', async () => {
      const row = aParked({ queue: aQueue(), headers: { text: '\\u0000 \\\\u0000 \\ud800' } });
      await under.store.park([row]);
      expect(await under.parked(row.queue)).toEqual([row]);
    });

    it.each([
      ['a NUL', 'a\u0000b'],
      ['the escape of a NUL, as text', 'a\\u0000'],
      ['a backslash before a NUL', 'a\\\u0000b'],
      ['half of a surrogate pair', 'a\ud800b'],
      ['the other half', '\udc00'],
      ['a whole pair', '🐟'],
    ])('takes headers and details with %s in them', async (_what, text) => {
      const queue = aQueue();
      const row = aParked({ queue, headers: { text, [text]: 1 }, details: { texts: [text] } });
      await under.store.park([row]);
      const found = await under.parked(queue);
      expect(found).toHaveLength(1);
      expect(found[0]?.body).toEqual(row.body);
    });
  });
}
