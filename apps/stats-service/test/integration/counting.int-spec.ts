import { randomUUID } from 'node:crypto';
import { requestQueue, statsChangedKey, statsFields, type CounterDeltaV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { deltas, StatsFixture, type Place } from './stats-fixture';

describe('stats-service', () => {
  let fixture: StatsFixture;
  let place: Place;
  let app: Awaited<ReturnType<StatsFixture['start']>>;

  beforeAll(async () => {
    fixture = await StatsFixture.create();
    place = await fixture.place();
    // As an older release left them: nobody told stats-service, nor ever will.
    for (const area of ['PL', 'PL', 'DE', null]) await fixture.sign(place, 3, area, 'https://old.example/');
    await fixture.vhost.declareQueue('changes', { exchange: 'event', key: statsChangedKey });
    await fixture.vhost.declareQueue(requestQueue('stats-service'));
    app = await fixture.start();
  });
  afterAll(() => fixture.close());

  const signMany = async (count: number, partition: number): Promise<CounterDeltaV1[]> => {
    const told: CounterDeltaV1[] = [];
    for (let n = 0; n < count; n += 1) told.push(await fixture.sign(place, partition, n % 2 ? 'PL' : 'FR'));
    return told;
  };

  it('counts what was there before it, and where and when pages were used', async () => {
    await fixture.settled();
    const hash = await fixture.hash(place.campaignId);
    expect(hash[statsFields.org(place.orgId)]).toBe('4');
    expect(hash[statsFields.location(place.pageId)]).toBe('https://old.example/');
    expect(Date.now() - Number(hash[statsFields.lastActionAt(place.pageId)])).toBeLessThan(60_000);
    expect(await fixture.value('select counted_at is not null as value from stats.state')).toBe(true);
  });

  it('counts each delta once, in any order and however often it comes, and tells of it', async () => {
    const other = await fixture.place();
    const told = [
      ...(await signMany(12, 0)),
      ...(await signMany(5, 1)),
      await fixture.sign(other, 1, null, 'https://x.example/'),
    ];
    const before = Number((await fixture.hash(place.campaignId))['v']);
    await fixture.tell(...[...told].reverse(), ...told.slice(0, 9));
    await fixture.tell(...told);
    await fixture.settled();
    expect(Number((await fixture.hash(place.campaignId))['v'])).toBeGreaterThan(before);
    expect((await fixture.hash(other.campaignId))[statsFields.location(other.pageId)]).toBe('https://x.example/');
    const ids = await waitFor(async () => {
      const messages = await fixture.vhost.drain('changes');
      const changed = messages.flatMap(({ content }) => JSON.parse(content.toString()).campaignIds as number[]);
      return changed.includes(other.campaignId) && changed;
    });
    expect(ids).toContain(place.campaignId);
    expect(await fixture.value('select count(*)::int as value from stats.pending_deltas')).toBe(0);
  });

  it.each([
    ['emptied', () => fixture.redis.del(fixture.keys.loaded, fixture.keys.campaign(place.campaignId))],
    ['of another process', () => fixture.redis.hset(fixture.keys.loaded, 'runId', 'f'.repeat(40))],
    ['older than the database', () => fixture.redis.hset(fixture.keys.loaded, 'version', 1)],
  ])('copies the figures to a Redis that is %s', async (_, spoil) => {
    const load = await fixture.redis.hget(fixture.keys.loaded, 'id');
    await spoil();
    await waitFor(async () => {
      const id = await fixture.redis.hget(fixture.keys.loaded, 'id');
      return id && id !== load;
    });
    await fixture.settled();
  });

  it('counts everything anew where a delta never comes', async () => {
    const [lost, ...told] = await signMany(4, 2);
    await fixture.tell(...told);
    await waitFor(
      async () => (await fixture.value<number>('select count(*)::int as value from stats.pending_deltas')) > 0,
    );
    await fixture.settled();
    await fixture.tell(lost as CounterDeltaV1, ...(await signMany(1, 2)));
    await fixture.settled();
  });

  it('counts everything anew where a delta never comes, nor another after it', async () => {
    await fixture.stop(app);
    // One that has not counted yet need not rest after it.
    app = await fixture.start();
    await signMany(1, 9);
    await fixture.settled();
  });

  it('keeps Redis up to date while everything is counted anew, and stops in the middle of it', async () => {
    const release = await fixture.holdCounts();
    await fixture.sql.query('update actions.counter_numbers set number = number - 1 where partition = 1');
    await fixture.tell(...(await signMany(1, 0)));
    await waitFor(() => fixture.isCountHeld());
    const load = await fixture.redis.hget(fixture.keys.loaded, 'id');
    await fixture.redis.del(fixture.keys.loaded);
    await waitFor(async () => {
      const id = await fixture.redis.hget(fixture.keys.loaded, 'id');
      return id && id !== load;
    });
    await fixture.stop(app);
    await release();
    app = await fixture.start();
    await fixture.tell(...(await signMany(1, 0)));
    await fixture.settled();
  });

  it('does not take for missing what nobody read', async () => {
    const counted = () => fixture.value<Date>('select max(checked_at) as value from stats.campaigns');
    await fixture.stop(app);
    const before = await counted();
    const [first, second] = (await signMany(2, 10)) as [CounterDeltaV1, CounterDeltaV1];
    await fixture.sql.query(`insert into stats.pending_deltas values ($1, $2, $3, now() - interval '1 hour')`, [
      second.partition,
      second.number,
      JSON.stringify(second),
    ]);
    await fixture.tell(first);
    app = await fixture.start({ GAP_WAIT_MS: '60000' });
    await fixture.settled();
    expect(await counted()).toEqual(before);
    await fixture.stop(app);
    app = await fixture.start();
  });

  it('counts everything anew where the database was set back', async () => {
    await fixture.sql.query('update actions.counter_numbers set number = number - 3 where partition = 0');
    const told = await signMany(2, 0);
    await fixture.tell(...told);
    await fixture.settled();
    await fixture.tell(...(await signMany(2, 0)));
    await fixture.settled();
  });

  it('finds and corrects what is wrong while deltas come, and says by how much', async () => {
    const late = await signMany(3, 4);
    await fixture.sql.query(`update stats.counters set count = count - 2 where campaign_id = $1 and kind = 0`, [
      place.campaignId,
    ]);
    await fixture.sql.query('insert into stats.counters values ($1, 1, 0, $2, 7)', [place.campaignId, 'XX']);
    const run = await fixture.value('insert into stats.recount_runs default values returning id as value');
    // Those of what was counted anew are still on their way.
    await waitFor(() =>
      fixture.value('select started_at is not null as value from stats.recount_runs where id = $1', [run]),
    );
    await fixture.tell(...late, ...(await signMany(1, 4)));
    await waitFor(() =>
      fixture.value('select finished_at is not null as value from stats.recount_runs where id = $1', [run]),
    );
    const ended = 'select json_build_array(drifted, error) as value from stats.recount_runs where id = $1';
    expect(await fixture.value(ended, [run])).toEqual([1, null]);
    expect(await fixture.value('select figures as value from stats.drifts')).toEqual({
      [statsFields.org(place.orgId)]: 2,
      [statsFields.area('XX')]: -7,
    });
    await fixture.settled();
  });

  it('counts everything again when another service asks for it, once however often the request comes', async () => {
    const request = { schema: 'groundswell:request:1', kind: 'recount', id: randomUUID() };
    const known = await fixture.value('select count(*)::int as value from stats.recount_runs');
    await fixture.vhost.send(requestQueue('stats-service'), [request, request], () => ({ messageId: request.id }));
    await waitFor(async () => {
      const runs = await fixture.value(
        'select count(*) filter (where finished_at is not null)::int as value from stats.recount_runs',
      );
      return runs === Number(known) + 1;
    });
    await fixture.settled();
    expect(await fixture.value('select count(*)::int as value from stats.recount_runs')).toBe(Number(known) + 1);
  });

  it('checks by itself what changed, every SYNC_INTERVAL', async () => {
    await fixture.stop(app);
    app = await fixture.start({ SYNC_INTERVAL: '100' });
    await fixture.tell(...(await signMany(1, 5)));
    await fixture.settled();
    await fixture.sql.query(`update stats.counters set count = count + 1 where campaign_id = $1 and kind = 2`, [
      place.campaignId,
    ]);
    await fixture.tell(...(await signMany(1, 5)));
    await fixture.settled();
    expect(await fixture.value('select count(*)::int as value from stats.drifts')).toBe(2);
  });

  it('counts on while Redis is away, and brings it up to date later', async () => {
    await fixture.stop(app);
    app = await fixture.start({ REDIS_URL: 'redis://127.0.0.1:1/0' });
    const version = await fixture.value<string>('select version as value from stats.state');
    await fixture.tell(...(await signMany(3, 6)));
    await waitFor(async () => (await fixture.value('select version as value from stats.state')) !== version);
    await fixture.stop(app);
    app = await fixture.start();
    await fixture.settled();
  });

  it('has another replica go on where the first one stops, and never two', async () => {
    const second = await fixture.start();
    await fixture.tell(...(await signMany(3, 7)));
    await fixture.settled();
    await waitFor(async () => (await fixture.vhost.look(deltas))?.consumers === 1);
    await fixture.stop(app);
    await fixture.tell(...(await signMany(3, 7)));
    await fixture.settled();
    app = second;
  });

  it("writes nothing once its lease is another's", async () => {
    await fixture.sql.query(
      `update stats.leases set fencing = fencing + 1, holder = 'another', expires_at = now() + interval '1 second'`,
    );
    const version = await fixture.value('select version as value from stats.state');
    await fixture.tell(...(await signMany(2, 8)));
    const seen = new Set<unknown>([version]);
    await waitFor(async () => {
      const during = `select case when expires_at > now() then (select version from stats.state) end as value from stats.leases`;
      const held = await fixture.value(during);
      if (held !== null) seen.add(held);
      return held === null;
    });
    expect([...seen]).toEqual([version]);
    await fixture.settled();
  });
});
