import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { Database } from '@groundswell/persistence';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { MailoutPeopleRepository } from '../../src/mailouts/mailout-people.repository';
import { MovedReferencesReader } from '../../src/mailouts/moved-references.reader';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let ofTest: TestDatabase;
let sql: Pool;
let database: Database;
let reader: MovedReferencesReader;

beforeAll(async () => {
  ofTest = await createTestDatabase();
  sql = new Pool({ connectionString: ofTest.urls.owner, max: 2 });
  database = new Database({ url: ofTest.urls.notify, applicationName: 'notify-test', poolSize: 2 }, silent);
  await database.connect(10_000);
  reader = new MovedReferencesReader(database);
});
afterAll(async () => {
  await database.close();
  await sql.end();
  await ofTest.drop();
});

let mailouts = 0;
async function aMailout(): Promise<number> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into notify.mailouts (org_id, campaign_id, name, template, state) values (1, 1, $1, 't', 'sending') returning id`,
    [`mailout ${(mailouts += 1)}`],
  );
  return Number(rows[0]?.id);
}
const add = (mailoutId: number, ref: Buffer, state: 'handed_over' | 'awaiting_opt_in' = 'handed_over') =>
  database.transaction((manager) =>
    new MailoutPeopleRepository(manager).addOnce(mailoutId, [{ ref, supporterId: 7, state, reason: null }]),
  );
const alias = (from: Buffer, to: Buffer) =>
  sql.query('insert into actions.reference_aliases (old_ref, new_ref) values ($1, $2)', [from, to]);
const tell = (...moves: [Buffer, Buffer][]) =>
  reader.read([
    {
      schema: 'groundswell:references-moved:1',
      moves: moves.map(([from, to]) => ({ from: from.toString('base64url'), to: to.toString('base64url') })),
    },
  ]);
const refsOf = async (table: string, mailoutId: number): Promise<Buffer[]> => {
  const { rows } = await sql.query<{ ref: Buffer }>(
    `select ref from notify.${table} where mailout_id = $1 order by id`,
    [mailoutId],
  );
  return rows.map(({ ref }) => ref);
};
const aRef = () => randomBytes(32);

describe('persons with another reference', () => {
  it('are in a mailout once, also before the news of the move has come', async () => {
    const mailout = await aMailout();
    const [from, to] = [aRef(), aRef()];
    expect((await add(mailout, from)).size).toBe(1);
    await alias(from, to);
    expect((await add(mailout, to)).size).toBe(0);
    await tell([from, to]);
    expect(await refsOf('mailout_people', mailout)).toEqual([to]);
    expect((await add(mailout, to)).size).toBe(0);
  });

  it('who wait for their opt-in go on waiting, and have been asked as often as before', async () => {
    const mailout = await aMailout();
    const [from, to] = [aRef(), aRef()];
    await add(mailout, from, 'awaiting_opt_in');
    await sql.query(
      'insert into notify.awaiting_messages (org_id, ref, supporter_id, mailout_id) values (1, $1, 7, $2)',
      [from, mailout],
    );
    await sql.query('insert into notify.opt_in_requests (org_id, ref, asked) values (1, $1, 2), (1, $2, 1)', [
      from,
      to,
    ]);
    await alias(from, to);
    for (let times = 0; times < 2; times += 1) await tell([from, to]);
    expect(await refsOf('mailout_people', mailout)).toEqual([to]);
    expect(await refsOf('awaiting_messages', mailout)).toEqual([to]);
    const { rows } = await sql.query('select asked from notify.opt_in_requests where ref = any($1)', [[from, to]]);
    expect(rows).toEqual([{ asked: 3 }]);
  });

  it('who were in it under both references stay there under both', async () => {
    const mailout = await aMailout();
    const [from, to] = [aRef(), aRef()];
    await add(mailout, from);
    await add(mailout, to);
    await alias(from, to);
    await tell([from, to]);
    expect(await refsOf('mailout_people', mailout)).toEqual([from, to]);
  });

  it('go to where the map leads now, whatever news comes late', async () => {
    const mailout = await aMailout();
    const [first, second, third] = [aRef(), aRef(), aRef()];
    await add(mailout, first);
    await alias(first, third);
    await alias(second, third);
    await tell([first, second]);
    expect(await refsOf('mailout_people', mailout)).toEqual([third]);
  });
});
