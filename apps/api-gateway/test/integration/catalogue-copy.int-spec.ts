import { waitFor } from '@groundswell/testing';
import { GatewayFleet, type Environment } from './gateway.fixture';

let fleet: GatewayFleet;

beforeEach(async () => (fleet = await GatewayFleet.create()));
afterEach(() => fleet.close());

/** The database is away: waiting for it longer would change nothing. */
const startAlone = (changes: Environment = {}) => fleet.start({ DATABASE_WAIT_MS: '300', ...changes });

const unavailable = { code: 'unavailable', retryAfterSeconds: 5 };

describe('a gateway restarted while the database is away', () => {
  it.each(['refuse', 'freeze'] as const)('signs from the copy, for the same key (%s)', async (how) => {
    const { pageId, key } = await fleet.insertPage();
    await fleet.stop(await fleet.startAndKeep());
    fleet.proxies.database[how]();

    const second = await startAlone();
    await second.isReady();
    expect((await second.sign(pageId)).errors).toBeUndefined();
    const [submission] = await fleet.takeSubmissions();
    expect(submission?.contacts[0]?.encryptKeyId).toBe(key.id);
    expect((await second.post(`{ actionPage(id: ${pageId}) { name } }`)).errors).toBeUndefined();
    expect((await second.sign(pageId + 1)).errors?.[0]?.extensions).toEqual(unavailable);
    expect((await second.post('{ actionPage(id: 999) { name } }')).errors?.[0]?.extensions).toEqual(unavailable);
  });

  it('follows the database as soon as it answers, also back to an older version', async () => {
    const { orgId, pageId } = await fleet.insertPage();
    await fleet.stop(await fleet.startAndKeep());
    fleet.proxies.database.refuse();
    const second = await startAlone({ CATALOGUE_POLL_MS: '200' });
    const keptVersion = second.catalogue.version;

    await fleet.sql.query(`update catalog.catalogue_version set version = 1`);
    await fleet.sql.query('delete from catalog.catalogue_changes');
    await fleet.sql.query('alter table catalog.action_pages disable trigger all');
    await fleet.sql.query('delete from catalog.action_pages where id = $1', [pageId]);
    const newKey = await fleet.activateKey(orgId);
    fleet.proxies.database.accept();

    await waitFor(() => second.catalogue.version < keptVersion);
    expect(second.catalogue.activeKeyOf(orgId)?.id).toBe(newKey.id);
    expect((await second.sign(pageId)).errors?.[0]?.message).toContain('Cannot find Action Page');
    await fleet.copyIsCurrent();
  });

  it('notices a change of the same version while it was away', async () => {
    const { orgId } = await fleet.insertPage();
    await fleet.stop(await fleet.startAndKeep());
    fleet.proxies.database.refuse();
    const second = await startAlone({ CATALOGUE_POLL_MS: '200' });
    await fleet.sql.query('alter table catalog.orgs disable trigger note_change');
    await fleet.sql.query(`update catalog.orgs set title = 'Restored' where id = $1`, [orgId]);
    fleet.proxies.database.accept();
    await waitFor(() => second.catalogue.orgs.get(orgId)?.title === 'Restored');
  });

  it('does not use a copy that no gateway of this installation wrote', async () => {
    const { pageId } = await fleet.insertPage();
    await fleet.stop(await fleet.startAndKeep());
    fleet.proxies.database.refuse();
    const body = await fleet.redis.hgetBuffer(fleet.copyKey, 'body');
    body!.writeUInt8(body!.readUInt8(20) ^ 1, 20);
    await fleet.redis.hset(fleet.copyKey, { body: body! });
    const second = await startAlone();
    expect(second.catalogue.version).toBe(0);
    expect((await second.sign(pageId)).errors?.[0]?.extensions).toEqual(unavailable);
  });

  it('takes the copy later when Redis was away too', async () => {
    const { pageId } = await fleet.insertPage();
    await fleet.stop(await fleet.startAndKeep());
    fleet.proxies.database.refuse();
    fleet.proxies.redis.refuse();
    const second = await startAlone();
    expect((await second.sign(pageId)).errors?.[0]?.extensions).toEqual(unavailable);
    fleet.proxies.redis.accept();
    await second.isReady();
    expect((await second.sign(pageId)).errors).toBeUndefined();
  });
});

it('keeps no secret in clear', async () => {
  await fleet.startAndKeep();
  const { rows } = await fleet.sql.query<{ private: string }>(
    'select private from catalog.public_keys where private is not null',
  );
  const copy = await fleet.readCopy();
  const sealed = JSON.stringify(copy.catalogue.tables.find(({ name }) => name === 'public_keys'));
  expect(sealed).toContain(rows[0]?.private);
  expect(rows[0]?.private).toMatch(/^gs1:/);
});

it('follows changes', async () => {
  const gateway = await fleet.startAndKeep();
  await fleet.insertPage();
  await fleet.copyIsCurrent();
  const copy = await fleet.readCopy();
  expect(copy.catalogue).toEqual(gateway.catalogue.snapshot());
  expect(copy.isSystemConfirmed).toBe(true);
});

describe('while Redis is away', () => {
  it.each(['refuse', 'freeze'] as const)('boots, signs and warns once (%s)', async (how) => {
    const { pageId } = await fleet.insertPage();
    fleet.proxies.redis[how]();
    const gateway = await fleet.start();
    await gateway.isReady();
    for (let index = 0; index < 50; index += 1) {
      expect((await gateway.sign(pageId, `signer${index}@example.org`)).errors).toBeUndefined();
    }
    expect(await fleet.takeSubmissions()).toHaveLength(50);
    const mine = () => gateway.warnings.filter((text) => text.includes('copy'));
    await waitFor(() => mine().length > 0);
    fleet.proxies.redis.thaw();
    fleet.proxies.redis.accept();
    await fleet.copyIsCurrent();
    expect(mine()).toEqual(['no copy of the catalogue is kept']);
  });
});

it('uses a rotated key at its next look (each second by default) though its event queue is lost', async () => {
  const { orgId, pageId } = await fleet.insertPage();
  // There is no exchange `event`, so the gateway never has a queue of its own.
  const gateway = await fleet.start();
  await gateway.isReady();
  for (let round = 0; round < 3; round += 1) {
    const key = await fleet.activateKey(orgId);
    const rotatedAt = performance.now();
    await waitFor(() => gateway.catalogue.activeKeyOf(orgId)?.id === key.id);
    process.stderr.write(`a rotated key is used after ${(performance.now() - rotatedAt).toFixed(0)} ms\n`);
    await gateway.sign(pageId);
    const [submission] = await fleet.takeSubmissions();
    expect(submission?.contacts[0]?.encryptKeyId).toBe(key.id);
  }
});
