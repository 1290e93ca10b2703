export const TARGETS = 700;
const CYCLES_PER_DAY = 160;

export const STARTS_AT = '2025-01-06T09:00:00Z';
export const ENDS_AT = '2025-01-19T17:00:00Z';

const TABLES = [
  'mtt.message_states, mtt.target_progress, mtt.target_days, mtt.target_email_states, mtt.outbox',
  'actions.messages, actions.message_contents, actions.actions, actions.supporters',
].join(', ');

/** Org, campaign and targets; what other benches left of actions goes. */
async function makeCampaign(database) {
  const id = async (sql, values) => Number((await database.query(`${sql} returning id`, values)).rows[0].id);
  const orgId = await id(`insert into catalog.orgs (name, title) values ('mtt-bench', 'MTT bench')`);
  const backendId = await id(
    `insert into catalog.services (org_id, name, host, "user", password) values ($1, 'preview', '', '', '')`,
    [orgId],
  );
  await database.query('update catalog.orgs set email_backend_id = $2 where id = $1', [orgId, backendId]);
  const campaignId = await id(
    `insert into catalog.campaigns (name, title, org_id, status) values ('mtt-bench', 'MTT bench', $1, 1)`,
    [orgId],
  );
  await id('insert into catalog.mtt (campaign_id, start_at, end_at) values ($1, $2, $3)', [
    campaignId,
    STARTS_AT,
    ENDS_AT,
  ]);
  await database.query(
    `with made as (insert into catalog.targets (id, external_id, name, campaign_id)
                   select gen_random_uuid(), 'mtt-bench-' || n, 'Target ' || n, $1 from generate_series(1, $2::int) n returning id)
     insert into catalog.target_emails (target_id, email) select id, id || '@example.org' from made`,
    [campaignId, TARGETS],
  );
  return campaignId;
}

/** As many messages, one person each, to some targets more than to others; of each target's the first half is sent. */
async function makeMessages(database, campaignId, count) {
  const body = 'x'.repeat(1_500);
  await database.query(`truncate ${TABLES} cascade`);
  const numbers = `generate_series(1, ${Number(count)}) n`;
  await database.query(
    `insert into actions.message_contents (id, subject, body) select n, 'Please act', $1 from ${numbers}`,
    [body],
  );
  await database.query(
    `insert into actions.supporters (id, campaign_id, action_page_id, fingerprint, first_name, last_name, email, processing_status)
     select n, $1, 1, sha256(n::text::bytea), 'P' || n, 'Person', n || '@example.org', 3 from ${numbers}`,
    [campaignId],
  );
  await database.query(
    `insert into actions.actions (id, supporter_id, action_type, campaign_id, action_page_id, processing_status)
     select n, n, 'mail', $1, 1, 4 from ${numbers}`,
    [campaignId],
  );
  await database.query(
    `insert into actions.messages (id, action_id, message_content_id, target_id)
     select n, n, n, t.id from ${numbers}
       join (select id, row_number() over (order by id) - 1 as k from catalog.targets where campaign_id = $1) t
         on t.k = floor(${TARGETS} * power((n::bigint * 7919 % 10007) / 10007.0, 1.2))`,
    [campaignId],
  );
  await database.query(
    `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, accepted_at, dupe_rank, state)
     select m.id, m.id, $1, m.target_id, sha256(m.id::text::bytea), $2, 0,
            case when k <= total / 2 then 'sent' else 'pending' end
       from (select id, target_id, row_number() over (partition by target_id order by id) as k,
                    count(*) over (partition by target_id) as total from actions.messages) m`,
    [campaignId, STARTS_AT],
  );
  await database.query('vacuum analyze');
}

/** Half way through a campaign of two weeks. */
export async function loadCampaign(database, count, known) {
  const campaignId = known ?? (await makeCampaign(database));
  await makeMessages(database, campaignId, count);
  return campaignId;
}

/** When the n-th cycle of the second half comes. */
export function cycleTime(number) {
  const day = Math.floor(number / CYCLES_PER_DAY);
  const dayStart = Date.parse('2025-01-13T09:00:30Z') + day * 86_400_000;
  return new Date(dayStart + (number % CYCLES_PER_DAY) * 180_000).toISOString();
}
