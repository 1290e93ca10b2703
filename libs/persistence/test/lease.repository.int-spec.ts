import type { Database } from '../src/database';
import { LeaseRepository } from '../src/leases/lease.repository';
import { ReplicaRepository } from '../src/leases/replica.repository';
import { useDatabase } from './use-database';

const db = useDatabase();
const long = 60_000;

describe('a lease', () => {
  const leases = new LeaseRepository('actions');
  let one: Database;
  let other: Database;
  let name: string;
  let names = 0;

  beforeAll(async () => {
    one = await db.process();
    other = await db.process();
  });
  beforeEach(() => {
    name = `lease-${(names += 1)}`;
  });

  const acquire = (holder: string, ttlMs = long, from = one) =>
    from.run((manager) => leases.acquire(manager, name, holder, ttlMs));
  const holds = (fencing: number) => one.transaction((manager) => leases.holds(manager, name, fencing));
  const release = (holder: string) => one.run((manager) => leases.release(manager, name, holder));
  const runOut = () =>
    db.rows(`update actions.leases set expires_at = now() - interval '1 second' where name = $1`, [name]);

  it('is held by one, and its holder may renew it under the same number', async () => {
    expect(await acquire('a')).toBe(1);
    expect(await acquire('b', long, other)).toBeNull();
    expect(await acquire('a')).toBe(1);
    expect(await holds(1)).toBe(true);
  });

  it('goes to one of many that ask at the same moment', async () => {
    const numbers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => acquire(`holder ${n}`, long, n % 2 ? one : other)),
    );
    expect(numbers.filter((number) => number !== null)).toEqual([1]);
  });

  it('gets a higher number with each holder, so that the last one is known by it', async () => {
    expect(await acquire('a')).toBe(1);
    await runOut();
    expect(await acquire('b')).toBe(2);
    expect(await holds(1)).toBe(false);
    expect(await holds(2)).toBe(true);
    await runOut();
    expect(await acquire('a')).toBe(3);
  });

  it('gets a higher number when its holder let it run out: somebody else may have acted since', async () => {
    expect(await acquire('a')).toBe(1);
    await runOut();
    expect(await holds(1)).toBe(false);
    expect(await acquire('a')).toBe(2);
  });

  it("runs out by the database's clock", async () => {
    await acquire('a', long);
    const [row] = await db.rows<{ left: number }>(
      `select extract(epoch from expires_at - now())::float8 as left from actions.leases where name = $1`,
      [name],
    );
    expect(row?.left).toBeGreaterThan(0);
    expect(row?.left).toBeLessThanOrEqual(60);
  });

  it('is free at once when its holder releases it, and nobody else can', async () => {
    await acquire('a');
    await release('b');
    expect(await acquire('b')).toBeNull();
    await release('a');
    expect(await holds(1)).toBe(false);
    expect(await acquire('b')).toBe(2);
  });

  it('is apart from leases of other names and other owners', async () => {
    await acquire('a');
    const gateway = await db.process('gateway');
    const ofCatalog = await gateway.run((manager) => new LeaseRepository('catalog').acquire(manager, name, 'b', long));
    expect(ofCatalog).toBe(1);
    name += ' (another)';
    expect(await acquire('b')).toBe(1);
  });

  it('is not taken over while its holder acts in a transaction that checked the number', async () => {
    await acquire('a');
    await one.transaction(async (manager) => {
      expect(await leases.holds(manager, name, 1)).toBe(true);
      const takenOver = other.transaction(async (theirs) => {
        await theirs.query(`set local lock_timeout = '50ms'`);
        return leases.acquire(theirs, name, 'b', long);
      });
      await expect(takenOver).rejects.toThrow(/lock timeout/);
    });
  });
});

describe('live replicas', () => {
  const replicas = new ReplicaRepository();
  const aliveMs = 60_000;
  let database: Database;

  beforeAll(async () => {
    database = await db.process();
  });
  beforeEach(() => db.rows('truncate actions.replicas'));

  const beat = (id: string) => database.run((manager) => replicas.beat(manager, id, aliveMs));
  const age = (id: string, interval: string) =>
    db.rows(`update actions.replicas set seen_at = now() - $2::interval where id = $1`, [id, interval]);

  it('are those that were seen lately, sorted, the asking one among them', async () => {
    expect(await beat('b')).toEqual(['b']);
    expect(await beat('a')).toEqual(['a', 'b']);
    await age('b', '61 seconds');
    expect(await beat('a')).toEqual(['a']);
    expect(await beat('b')).toEqual(['a', 'b']);
  });

  it('are all there after beating at the same moment', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => `replica ${n}`);
    await Promise.all([...ids, ...ids].map(beat));
    expect(await beat(ids[0] ?? '')).toEqual(ids);
  });

  it('lose the one that leaves at once, and rows of long ago', async () => {
    await beat('a');
    await beat('b');
    await beat('old');
    await age('old', '2 days');
    await database.run((manager) => replicas.leave(manager, 'b'));
    expect(await db.rows('select id from actions.replicas')).toEqual([{ id: 'a' }]);
    await database.run((manager) => replicas.leave(manager, 'b'));
  });
});
