import { DatabaseAwayError } from '@groundswell/persistence';
import type { CounterDeltaV1 } from '@groundswell/contracts';
import { recountSql, waitFor } from '@groundswell/testing';
import { MissedDeltasError } from '../../src/intake/missed-deltas.error';
import { NotLeadingError } from '../../src/leading/not-leading.error';
import { StatsFixture, storedSql, type Place } from './stats-fixture';
import { StatsReplica } from './stats-replica';

/** Nothing is written on the strength of deltas that were not heard of. */
describe('counting anew while deltas are counted', () => {
  let fixture: StatsFixture;
  let place: Place;
  let replica: StatsReplica;

  beforeAll(async () => {
    fixture = await StatsFixture.create();
    place = await fixture.place();
    replica = await StatsReplica.start(fixture.database.urls.stats, 'one');
    await replica.leads();
  });
  afterAll(async () => {
    await replica.stop();
    await fixture.close();
  });

  const count = (...deltas: CounterDeltaV1[]): Promise<number> => replica.intake.count(deltas);
  const isRight = async (): Promise<void> =>
    expect(await fixture.figures(storedSql)).toEqual(await fixture.figures(recountSql));
  /** Counted, though nobody here knows, and told again. */
  const countUnheard = async (...deltas: CounterDeltaV1[]): Promise<void> => {
    replica.database.loseNext();
    await expect(count(...deltas)).rejects.toThrow(DatabaseAwayError);
    expect(await count(...deltas)).toBe(0);
  };

  it('counts a delta once whose commit is still under way when it comes again', async () => {
    await count(await fixture.sign(place, 1));
    await countUnheard(await fixture.sign(place, 1));
    await isRight();
  });

  it('corrects nothing by a check that did not hear of a delta', async () => {
    const delta = await fixture.sign(place, 2);
    replica.counting.afterNext = () => countUnheard(delta);
    expect(await replica.checker.check(place.campaignId)).toBe('unsettled');
    await isRight();
    expect(await replica.checker.check(place.campaignId)).toBe('right');
  });

  it('replaces nothing by a full count that did not hear of a delta', async () => {
    replica.counting.afterNext = async () => countUnheard(await fixture.sign(place, 3));
    await expect(replica.fullCount.run('gap')).rejects.toThrow(MissedDeltasError);
    await isRight();
    replica.counting.afterNext = async () => count(await fixture.sign(place, 3));
    await replica.fullCount.run('gap');
    await isRight();
  });

  it('does not take numbers that were set back and moved on for counted', async () => {
    await count(await fixture.sign(place, 4), await fixture.sign(place, 4));
    await fixture.sql.query('update actions.counter_numbers set number = number - 2 where partition = 4');
    replica.counting.afterNext = async () => {
      for (const _ of [1, 2]) await fixture.sign(place, 4);
      await count(await fixture.sign(place, 4));
    };
    await expect(replica.fullCount.run('set back')).rejects.toThrow(MissedDeltasError);
    await replica.fullCount.run('set back');
    await isRight();
  });

  const overtake = async (delta: CounterDeltaV1): Promise<void> => {
    const { term } = replica.leader;
    await fixture.sql.query(
      `update stats.leases set holder = 'another', fencing = fencing + 1, expires_at = now() + interval '30 seconds'`,
    );
    const other = await StatsReplica.start(fixture.database.urls.stats, 'another');
    try {
      await other.leads();
      await other.intake.count([delta]);
    } finally {
      await other.stop();
    }
    await waitFor(async () => replica.leader.term !== null && replica.leader.term !== term);
    await count(await fixture.sign(place, delta.partition));
  };

  it('gives up a check and a full count over which another replica led', async () => {
    const delta = await fixture.sign(place, 5);
    replica.counting.afterNext = () => overtake(delta);
    await expect(replica.checker.check(place.campaignId)).rejects.toThrow(NotLeadingError);
    await isRight();
    replica.counting.afterNext = async () => overtake(await fixture.sign(place, 6));
    await expect(replica.fullCount.run('gap')).rejects.toThrow(NotLeadingError);
    await isRight();
  });
});
