import { DatabaseAwayError } from '@groundswell/persistence';
import { noCounters, type CampaignCounters } from './counters';
import { KeptCounters } from './kept-counters';

const countersOf = (supporters: number): CampaignCounters => ({ ...noCounters, byOrg: new Map([[1, supporters]]) });

describe('KeptCounters', () => {
  it('reads all campaigns asked for at once in one statement', async () => {
    const asked: number[][] = [];
    const kept = new KeptCounters(async (ids) => {
      asked.push(ids);
      return new Map(ids.map((id) => [id, countersOf(id)]));
    }, 1_000);
    const found = await Promise.all([kept.of(1), kept.of(2), kept.of(1), kept.of(3)]);
    expect(asked).toEqual([[1, 2, 3]]);
    expect(found.map((counters) => counters.byOrg.get(1))).toEqual([1, 2, 1, 3]);
  });

  it('lets a second asker wait for the statement under way', async () => {
    let statements = 0;
    let finish: () => void = () => undefined;
    const kept = new KeptCounters(async (ids) => {
      statements += 1;
      await new Promise<void>((resolve) => (finish = resolve));
      return new Map(ids.map((id) => [id, countersOf(7)]));
    }, 1_000);
    const first = kept.of(1);
    await new Promise(setImmediate);
    const second = kept.of(1);
    finish();
    expect(await first).toBe(await second);
    expect(statements).toBe(1);
  });

  it('reads again once the figures are older than allowed', async () => {
    let now = 0;
    let statements = 0;
    const kept = new KeptCounters(
      async () => {
        statements += 1;
        return new Map([[1, countersOf(statements)]]);
      },
      1_000,
      () => now,
    );
    await kept.of(1);
    now = 999;
    expect((await kept.of(1)).byOrg.get(1)).toBe(1);
    now = 1_000;
    expect((await kept.of(1)).byOrg.get(1)).toBe(2);
  });

  it('shows the last known figures while the database is away, and fails where there are none', async () => {
    let now = 0;
    let isAway = false;
    const kept = new KeptCounters(
      async () => {
        if (isAway) throw new DatabaseAwayError('stopped');
        return new Map([[1, countersOf(5)]]);
      },
      1_000,
      () => now,
    );
    await kept.of(1);
    isAway = true;
    now = 60_000;
    expect((await kept.of(1)).byOrg.get(1)).toBe(5);
    await expect(kept.of(2)).rejects.toThrow(DatabaseAwayError);
  });
});
