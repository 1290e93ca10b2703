import { WaitingWorkReadModel } from '../src/monitoring/waiting-work.read-model';
import { useDatabase } from './use-database';

const db = useDatabase();

const work = async (): Promise<WaitingWorkReadModel> => new WaitingWorkReadModel(await db.process('topology', 1));

it('tells why mails failed without whose they were, in few rows, and counts all that failed', async () => {
  // Replies of mail servers: an address and an id of their own in each.
  await db.rows(
    `insert into mail.deliveries (purpose, kind, org_id, state, error)
     select 'p' || n, 'thank_you', 1 + n % 2, case when n % 4 = 0 then 'unknown' else 'failed' end,
            '550-5.1.1 <joan' || n || '@example.org> unknown ' || md5(n::text) || ' - gsmtp'
       from generate_series(1, 10500) n`,
  );
  const rows = (await (await work()).all()).filter(({ kind }) => kind === 'mail');
  expect(rows.length).toBeLessThanOrEqual(4);
  expect([...new Set(rows.map(({ reason }) => reason))].sort()).toEqual(['# # unknown # - gsmtp', null]);
  const sum = (figure: 'failed' | 'dead') => rows.reduce((total, row) => total + row[figure], 0);
  expect([sum('failed'), sum('dead')]).toEqual([7_875, 2_625]);
});

it('shows an org what is parked for it, and nothing of who had its name before', async () => {
  const queue = 'green.crm';
  const park = (id: string, headers: object, inQueue = queue) =>
    db.rows(`insert into actions.parked (queue, message_id, reason, headers, body) values ($1, $2, 'test', $3, '{}')`, [
      inQueue,
      id,
      JSON.stringify(headers),
    ]);
  await park('former', { org_id: 5 });
  await park('own', { org_id: 6 });
  await park('unnamed', { org_id: 'x' });
  await park('of ours', { org_id: 6 }, 'system.ingest.1');
  const model = await work();
  const deadFor = async (orgId: number) =>
    (await model.ofOrg(orgId, [queue]))
      .filter(({ kind }) => kind === 'parked')
      .map(({ name, dead, orgId: of }) => [name, of, dead]);
  expect((await deadFor(6)).sort()).toEqual([
    [queue, null, 1],
    [queue, 6, 1],
  ]);
  expect(await deadFor(7)).toEqual([[queue, null, 1]]);
  const all = (await model.all()).filter(({ kind, name }) => kind === 'parked' && name === queue);
  expect(all.reduce((sum, { dead }) => sum + dead, 0)).toBe(3);
});

it('counts messages to targets of campaigns where something is left to do, and of no other', async () => {
  await db.rows(
    `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, state, dupe_rank, testing)
     select n, n, s.campaign, ('00000000-0000-4000-8000-' || lpad(s.campaign::text, 12, '0'))::uuid, n::text::bytea, s.state, 0,
            s.testing
       from unnest($1::bigint[], $2::text[], $3::boolean[]) with ordinality as s (campaign, state, testing, n)`,
    [
      [1, 2, 2, 2, 3, 4, 5, 6],
      ['pending', 'pending', 'sent', 'failed', 'sending', 'unknown', 'sent', 'pending'],
      [false, false, false, false, false, false, false, true],
    ],
  );
  const rows = (await (await work()).all()).filter(({ kind }) => kind === 'mtt');
  expect(rows.map(({ name, waiting, active, failed, dead }) => [name, waiting, active, failed, dead]).sort()).toEqual([
    ['1', 1, 0, 0, 0],
    ['2', 1, 0, 1, 0],
    ['3', 0, 1, 0, 0],
    ['4', 0, 0, 0, 1],
  ]);
});
