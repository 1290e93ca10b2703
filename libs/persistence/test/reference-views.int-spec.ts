import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.urls.owner });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

// email-delivery asks for the one row of a recipient: two would stop the whole batch of a mailing.
it.each([['unmailable_people'], ['unconsented_people']])(
  '%s names a person once under each reference, also where an earlier release stored the former one',
  async (view) => {
    const [former, present] = [randomBytes(32), randomBytes(32)];
    await client.query('insert into actions.reference_aliases (old_ref, new_ref) values ($1, $2)', [former, present]);
    const { rows: orgs } = await client.query<{ id: string }>(
      `insert into catalog.orgs (name, title) values ($1, 'An org') returning id`,
      [view.replace('_', '-')],
    );
    const { rows: pages } = await client.query<{ campaign_id: string; id: string }>(
      `with campaign as (insert into catalog.campaigns (name, title, org_id) values ($2::text, 'A campaign', $1) returning id)
     insert into catalog.action_pages (name, locale, campaign_id, org_id) select $2::text, 'en', id, $1 from campaign
     returning campaign_id, id`,
      [orgs[0]?.id, view.replace('_', '-')],
    );
    await client.query(
      `with people as (
       insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status, email_status, dupe_rank)
       select $1, $2, p.ref, 3, p.email_status, 0 from (values ($3::bytea, 5), ($4::bytea, 4)) as p (ref, email_status)
       returning id)
     insert into actions.contacts (org_id, supporter_id, payload, communication_consent) select $5, id, 'x', false from people`,
      [pages[0]?.campaign_id, pages[0]?.id, former, present, orgs[0]?.id],
    );
    const { rows } = await client.query<{ ref: Buffer }>(`select ref from actions.${view} where org_id = $1`, [
      orgs[0]?.id,
    ]);
    const byRef = (a: Buffer, b: Buffer): number => a.compare(b);
    expect(rows.map(({ ref }) => ref).sort(byRef)).toEqual([former, present].sort(byRef));
  },
);
