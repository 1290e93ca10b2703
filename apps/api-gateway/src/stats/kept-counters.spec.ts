import { DatabaseAwayError } from '@groundswell/persistence';
import { noCounters, type CampaignCounters } from './counters';
import { KeptCounters, type CountersMirror } from './kept-counters';

const countersOf = (supporters: number, version = 0): CampaignCounters => ({
  ...noCounters,
  version,
  byOrg: new Map([[1, supporters]]),
});
const supportersIn = ({ byOrg }: CampaignCounters): number | undefined => byOrg.get(1);

const withoutRedis: CountersMirror = { read: async () => null };

/** Redis with what a test puts into it; null while it has no figures. */
class FakeMirror implements CountersMirror {
  readonly asked: (readonly [number, number | null][])[] = [];
  figures: Map<number, CampaignCounters> | null = new Map();

  async read(known: ReadonlyMap<number, number | null>) {
    this.asked.push([...known]);
    if (!this.figures) return null;
    const found = new Map<number, CampaignCounters | 'unchanged'>();
    for (const [id, version] of known) {
      const counters = this.figures.get(id);
      if (counters) found.set(id, counters.version === version ? 'unchanged' : counters);
    }
    return found;
  }
}

describe('from Redis', () => {
  const neverRead = async (): Promise<never> => {
    throw new Error('the database was asked');
  };

  it('reads all campaigns asked for at once in one round trip, and says which versions it knows', async () => {
    const mirror = new FakeMirror();
    mirror.figures = new Map([
      [1, countersOf(11, 5)],
      [2, countersOf(22, 6)],
    ]);
    const kept = new KeptCounters(mirror, neverRead, 1_000);
    for (let time = 1; time <= 2; time += 1) {
      const found = await Promise.all([kept.of(1), kept.of(2), kept.of(1), kept.of(3)]);
      expect(found.map(supportersIn)).toEqual([11, 22, 11, undefined]);
    }
    expect(mirror.asked).toEqual([
      [
        [1, null],
        [2, null],
        [3, null],
      ],
      [
        [1, 5],
        [2, 6],
        [3, 0],
      ],
    ]);
  });

  it('shows every change at once, however long it may be kept', async () => {
    const mirror = new FakeMirror();
    const kept = new KeptCounters(mirror, neverRead, 5_000);
    for (const version of [1, 2, 3]) {
      mirror.figures = new Map([[1, countersOf(10 * version, version)]]);
      expect(supportersIn(await kept.of(1))).toBe(10 * version);
    }
  });

  it.each([
    ['an older version', new Map([[1, countersOf(5, 3)]])],
    ['no such campaign', new Map<number, CampaignCounters>()],
    ['nothing', null],
  ])('asks the database when it has %s', async (_what, figures) => {
    const mirror = new FakeMirror();
    mirror.figures = new Map([[1, countersOf(7, 4)]]);
    const kept = new KeptCounters(mirror, async () => new Map([[1, countersOf(9, 6)]]), 0);
    expect(supportersIn(await kept.of(1))).toBe(7);
    mirror.figures = figures;
    expect(supportersIn(await kept.of(1))).toBe(9);
  });

  it('keeps to what was shown when the database is away too', async () => {
    const mirror = new FakeMirror();
    mirror.figures = new Map([[1, countersOf(7, 4)]]);
    const away = async (): Promise<never> => {
      throw new DatabaseAwayError('stopped');
    };
    const kept = new KeptCounters(mirror, away, 0);
    await kept.of(1);
    mirror.figures = new Map([[1, countersOf(5, 3)]]);
    expect(supportersIn(await kept.of(1))).toBe(7);
    mirror.figures = null;
    expect(supportersIn(await kept.of(1))).toBe(7);
    await expect(kept.of(2)).rejects.toThrow(DatabaseAwayError);
  });

  it('does not go back to a statement that began before a newer figure was shown', async () => {
    const mirror = new FakeMirror();
    mirror.figures = null;
    let finish: () => void = () => undefined;
    const read = async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return new Map([[1, countersOf(5, 3)]]);
    };
    const kept = new KeptCounters(mirror, read, 0);
    const slow = kept.of(1);
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    mirror.figures = new Map([[1, countersOf(7, 4)]]);
    expect(supportersIn(await kept.of(1))).toBe(7);
    finish();
    expect(supportersIn(await slow)).toBe(7);
  });

  it('believes a database that was set back, once Redis has no figures', async () => {
    const mirror = new FakeMirror();
    mirror.figures = new Map([[1, countersOf(7, 4)]]);
    const kept = new KeptCounters(mirror, async () => new Map([[1, countersOf(2, 1)]]), 0);
    await kept.of(1);
    mirror.figures = null;
    expect(supportersIn(await kept.of(1))).toBe(2);
    mirror.figures = new Map([[1, countersOf(3, 2)]]);
    expect(supportersIn(await kept.of(1))).toBe(3);
  });
});

describe('from the database', () => {
  it('reads all campaigns asked for at once in one statement', async () => {
    const asked: number[][] = [];
    const read = async (ids: number[]) => {
      asked.push(ids);
      return new Map(ids.map((id) => [id, countersOf(id)]));
    };
    const kept = new KeptCounters(withoutRedis, read, 1_000);
    const found = await Promise.all([kept.of(1), kept.of(2), kept.of(1), kept.of(3)]);
    expect(asked).toEqual([[1, 2, 3]]);
    expect(found.map(supportersIn)).toEqual([1, 2, 1, 3]);
  });

  it('lets who asks later wait for the statement under way', async () => {
    let statements = 0;
    let finish: () => void = () => undefined;
    const read = async (ids: number[]) => {
      statements += 1;
      await new Promise<void>((resolve) => (finish = resolve));
      return new Map(ids.map((id) => [id, countersOf(7)]));
    };
    const kept = new KeptCounters(withoutRedis, read, 1_000);
    const first = kept.of(1);
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    const second = kept.of(1);
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    finish();
    expect(await first).toBe(await second);
    expect(statements).toBe(1);
  });

  it('reads again once the figures are older than allowed', async () => {
    let now = 0;
    let statements = 0;
    const read = async () => {
      statements += 1;
      return new Map([[1, countersOf(statements)]]);
    };
    const kept = new KeptCounters(withoutRedis, read, 1_000, () => now);
    await kept.of(1);
    now = 999;
    expect(supportersIn(await kept.of(1))).toBe(1);
    now = 1_000;
    expect(supportersIn(await kept.of(1))).toBe(2);
  });

  it('shows the last known figures while it is away, and fails where there are none', async () => {
    let now = 0;
    let isAway = false;
    const read = async () => {
      if (isAway) throw new DatabaseAwayError('stopped');
      return new Map([[1, countersOf(5)]]);
    };
    const kept = new KeptCounters(withoutRedis, read, 1_000, () => now);
    await kept.of(1);
    isAway = true;
    now = 60_000;
    expect(supportersIn(await kept.of(1))).toBe(5);
    await expect(kept.of(2)).rejects.toThrow(DatabaseAwayError);
  });
});
