import type { AttemptStore } from '@groundswell/messaging';

let queues = 0;
const aQueue = (): string => `system.ingest.${(queues += 1)}`;

/** What every attempt store promises. `create` runs before the tests, once. */
export function describeAttemptStore(name: string, create: () => Promise<AttemptStore>): void {
  describe(`${name} as an attempt store`, () => {
    let store: AttemptStore;
    beforeAll(async () => {
      store = await create();
    });

    const counts = (group: number, alone: number) => ({ group, alone });

    it('counts from one, in a group and alone apart', async () => {
      const queue = aQueue();
      expect(await store.note(queue, ['a', 'b'], 'group')).toEqual(
        new Map([
          ['a', counts(1, 0)],
          ['b', counts(1, 0)],
        ]),
      );
      expect((await store.note(queue, ['a'], 'alone')).get('a')).toEqual(counts(1, 1));
      expect((await store.note(queue, ['a'], 'alone')).get('a')).toEqual(counts(1, 2));
      expect((await store.note(queue, ['a', 'b'], 'group')).get('b')).toEqual(counts(2, 0));
    });

    it('answers for every id, and for none', async () => {
      const queue = aQueue();
      const ids = Array.from({ length: 500 }, (_, n) => `m${n}`);
      expect([...(await store.note(queue, ids, 'group')).keys()].sort()).toEqual([...ids].sort());
      expect((await store.note(queue, [], 'group')).size).toBe(0);
    });

    it('tells the same id in two queues apart', async () => {
      const [one, other] = [aQueue(), aQueue()];
      await store.note(one, ['a'], 'alone');
      expect((await store.note(other, ['a'], 'alone')).get('a')).toEqual(counts(0, 1));
    });

    it('starts anew with what was forgotten, and only with that', async () => {
      const queue = aQueue();
      await store.note(queue, ['a', 'b'], 'alone');
      await store.forget(queue, ['a', 'unknown']);
      await store.forget(queue, []);
      expect(await store.note(queue, ['a', 'b'], 'alone')).toEqual(
        new Map([
          ['a', counts(0, 1)],
          ['b', counts(0, 2)],
        ]),
      );
    });

    it('loses no count when two processes note the same ids at once', async () => {
      const queue = aQueue();
      const ids = Array.from({ length: 50 }, (_, n) => `m${n}`);
      const reversed = [...ids].reverse();
      await Promise.all(Array.from({ length: 6 }, (_, n) => store.note(queue, n % 2 ? ids : reversed, 'group')));
      const after = await store.note(queue, ids, 'alone');
      expect([...after.values()].every(({ group, alone }) => group === 6 && alone === 1)).toBe(true);
    });
  });
}
