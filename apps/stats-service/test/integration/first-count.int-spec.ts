import { waitFor } from '@groundswell/testing';
import { StatsFixture } from './stats-fixture';

/** Gateways show what they count themselves until then: that must not be less after it. */
describe('the first count', () => {
  let fixture: StatsFixture;

  beforeAll(async () => {
    fixture = await StatsFixture.create();
  });
  afterAll(() => fixture.close());

  it('is done only once the deltas of what happened meanwhile are counted', async () => {
    const place = await fixture.place();
    for (let n = 0; n < 4; n += 1) await fixture.sign(place, 3);
    const release = await fixture.holdCounts();
    await fixture.start();
    await waitFor(() => fixture.isCountHeld());
    const told = [];
    for (let n = 0; n < 5; n += 1) told.push(await fixture.sign(place, 3));
    await fixture.tell(...told);
    await waitFor(() => fixture.value('select count(*) = 5 as value from stats.pending_deltas'));
    expect(await fixture.redis.exists(fixture.keys.loaded)).toBe(0);
    await release();
    const figures = await waitFor(() =>
      fixture.value<number | null>(
        `select (select coalesce(sum(count), 0)::int from stats.counters where kind = 0) as value
           from stats.state where counted_at is not null`,
      ),
    );
    expect(figures).toBe(9);
    await fixture.settled();
  });
});
