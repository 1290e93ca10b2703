import { waitFor } from '@groundswell/testing';
import { volunteerDays } from '../../src/expiring/expire-volunteers.handler';
import { IngestFixture } from './ingest-fixture';

let fixture: IngestFixture;

beforeAll(async () => {
  fixture = await IngestFixture.create();
});
afterAll(() => fixture.close());

/** An item and to whom it was given, by email or id of a user; so many days ago. */
async function item(days: number, { email, userId }: { email?: string; userId?: number }): Promise<number> {
  const { rows } = await fixture.sql.query<{ id: string }>(
    `insert into actions.followup_items (org_id, kind, volunteer_email, volunteer_ref, assignee, assigned_at)
     values (1, 1, $1, $2, $3, now() - make_interval(days => $4)) returning id`,
    [email ?? null, email ? Buffer.from('ref') : null, userId ?? null, days],
  );
  return Number(rows[0]?.id);
}

it('takes items back from guests who had their time, and forgets their addresses; members keep theirs', async () => {
  const late = await item(volunteerDays + 1, { email: 'guest@example.org' });
  const young = await item(volunteerDays - 1, { email: 'guest@example.org' });
  const member = await item(volunteerDays + 1, { userId: 7 });
  await fixture.start({ EXPIRY_INTERVAL: '200' });
  const given = async () => {
    const { rows } = await fixture.sql.query<{ id: string; assignee: number | null; email: string | null }>(
      `select id, assignee, volunteer_email as email, volunteer_ref, assigned_at from actions.followup_items order by id`,
    );
    return rows.map((row) => ({ id: Number(row.id), to: row.email ?? row.assignee }));
  };
  await waitFor(async () => (await given())[0]?.to === null);
  expect(await given()).toEqual([
    { id: late, to: null },
    { id: young, to: 'guest@example.org' },
    { id: member, to: 7 },
  ]);
  const { rows } = await fixture.sql.query(
    `select state, volunteer_ref, assigned_at from actions.followup_items where id = $1`,
    [late],
  );
  expect(rows).toEqual([{ state: 'open', volunteer_ref: null, assigned_at: null }]);
});
