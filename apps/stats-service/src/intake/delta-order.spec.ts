import type { CounterDeltaV1 } from '@groundswell/contracts';
import { seededRandom } from '@groundswell/testing';
import { orderDeltas, wentBack } from './delta-order';

const delta = (number: number, partition = 1): CounterDeltaV1 => ({
  schema: 'groundswell:counters:1',
  partition,
  number,
  campaigns: [],
});
const numbersOf = (deltas: readonly CounterDeltaV1[]) => deltas.map(({ number }) => number);

describe('orderDeltas', () => {
  const order = (applied: number, pending: number[], arrived: number[], given = 100) => {
    const found = orderDeltas({
      applied: new Map([[1, applied]]),
      given: new Map([[1, given]]),
      pending: pending.map((number) => delta(number)),
      arrived: arrived.map((number) => delta(number)),
    });
    const { apply, keep, release, numbers, foreign } = found;
    return [numbersOf(apply), numbersOf(keep), numbersOf(release), numbers.get(1) ?? null, numbersOf(foreign)];
  };

  it.each([
    ['the next ones', 4, [], [5, 6], [[5, 6], [], [], 6, []]],
    ['in another order', 4, [], [6, 5], [[5, 6], [], [], 6, []]],
    ['known ones', 6, [], [5, 6], [[], [], [], null, []]],
    ['one twice', 4, [], [5, 5, 6], [[5, 6], [], [], 6, []]],
    ['beyond the next', 4, [], [6, 7, 7], [[], [6, 7], [], null, []]],
    ['beyond the next, again', 4, [6], [6, 8], [[], [8], [], null, []]],
    ['what others waited for', 4, [6, 7, 9], [5], [[5, 6, 7], [], [6, 7], 7, []]],
    ['nothing, and what was counted meanwhile', 7, [6, 7, 8], [], [[8], [], [6, 7, 8], 8, []]],
    ['numbers nobody gave away', 4, [7], [5, 6], [[5], [], [7], 5, [6, 7]], 5],
  ])('%s', (_, applied, pending, arrived, expected, given = 100) => {
    expect(order(applied, pending, arrived, given)).toEqual(expected);
  });

  it('keeps partitions apart, and begins with 1', () => {
    const given = new Map([
      [1, 9],
      [2, 9],
    ]);
    const { apply, keep } = orderDeltas({ applied: new Map(), given, pending: [], arrived: [delta(1), delta(2, 2)] });
    expect([apply, keep]).toEqual([[delta(1)], [delta(2, 2)]]);
  });

  it.each([1, 2, 3])('applies each number once and in order, however they come, seed %i', (seed) => {
    const random = seededRandom(seed);
    const coming = Array.from({ length: 300 }, (_, n) => delta(1 + (n % 100)));
    const given = new Map([[1, 100]]);
    const applied = new Map<number, number>();
    const all: number[] = [];
    let pending: CounterDeltaV1[] = [];
    while (coming.length > 0) {
      const arrived = Array.from({ length: 7 }, () => coming.splice(Math.floor(random() * coming.length), 1)).flat();
      const found = orderDeltas({ applied, given, pending, arrived });
      for (const [partition, number] of found.numbers) applied.set(partition, number);
      pending = [...pending.filter((kept) => !found.release.includes(kept)), ...found.keep];
      all.push(...numbersOf(found.apply));
    }
    expect(all).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(pending).toEqual([]);
  });
});

describe('wentBack', () => {
  it.each([
    [5, 5, false],
    [4, 5, false],
    [6, 5, true],
  ])('%i applied of %i given: %s', (applied, given, expected) => {
    expect(wentBack(new Map([[1, applied]]), new Map([[1, given]]))).toBe(expected);
  });

  it('has nothing to compare before anything was counted', () => {
    expect(wentBack(new Map(), new Map([[1, 5]]))).toBe(false);
  });
});
