/**
 * Stored actions as action-ingest leaves them, by formula and set-based SQL: so many that a fleet would need days. Every ten
 * rows hold eight signatures (some testing, waiting or rejected), a share and a duplicate signature by the eighth. Campaigns
 * are unequal: of 20 the largest has a third of all.
 */

export const loadedCampaign = (number) => `load_campaign_${String(number).padStart(6, '0')}`;

const ORGS = 5;
const PAGES = 20;
const SOURCES = 200;
const CHUNK = 500_000;
/** From so many on it is faster to build the indexes anew. */
const MANY = 50_000;

const AREAS = 'DE FR PL IT ES NL BE AT SE PT CZ RO HU GR IE DK FI BG SK HR LT LV SI EE LU CY MT GB CH NO'.split(' ');

const catalogueSql = `
insert into catalog.orgs (name, title)
select 'load_org_' || o, 'Loaded organisation ' || o from generate_series(1, ${ORGS}) o on conflict (name) do nothing;
insert into catalog.campaigns (name, title, org_id, status)
select 'load_campaign_' || lpad(c::text, 6, '0'), 'Loaded campaign ' || c, o.id, 1
  from generate_series(1, $campaigns) c join catalog.orgs o on o.name = ('load_org_' || (c % ${ORGS}) + 1)::citext
    on conflict (name) do nothing;
insert into catalog.action_pages (name, locale, org_id, campaign_id, live)
select 'load/' || c || '/page_' || p, 'en', o.id, k.id, true
  from generate_series(1, $campaigns) c cross join generate_series(1, ${PAGES}) p
  join catalog.orgs o on o.name = ('load_org_' || ((c + p) % ${ORGS}) + 1)::citext
  join catalog.campaigns k on k.name = ('load_campaign_' || lpad(c::text, 6, '0'))::citext
    on conflict (name) do nothing;`;

/** Ids by number, in arrays: a look-up per row costs nothing. */
const placesSql = `
create temp table load_places on commit drop as
select array(select k.id from generate_series(1, $1::int) c
               join catalog.campaigns k on k.name = ('load_campaign_' || lpad(c::text, 6, '0'))::citext
              order by c) as campaigns,
       array(select p.id from generate_series(1, $1::int) c cross join generate_series(1, ${PAGES}) n
               join catalog.action_pages p on p.name = ('load/' || c || '/page_' || n)::citext
              order by c, n) as pages,
       array(select id from actions.sources where source = 'load' order by id) as sources,
       array[${AREAS.map((area) => `'${area}'`).join(', ')}] as areas,
       (select coalesce(max(id), 0) from actions.supporters) as last_supporter,
       (select coalesce(max(id), 0) from actions.actions) as last_action`;

const sourcesSql = `
insert into actions.sources (source, medium, campaign, content, location, hash)
select 'load', 'email', 'campaign_' || n % 7, '', case when n % 5 = 0 then '' else 'https://campaign.example.org/' || n end,
       sha256(('load' || n)::bytea)
  from generate_series(1, ${SOURCES}) n on conflict (hash) do nothing`;

/** What row n is: `base` is the signature its person made, `luck` 0 … 99 what becomes of it. */
const rowsSql = `
  from (select n, step, base, luck, c, c * ${PAGES} + 1 + (h >> 20 & 1023) % ${PAGES} as page,
               h, (h >> 40 & 1023) / 1024.0 as share
          from (select n, step, base, h, (h & 1023) % 100 as luck,
                       floor($5::int * power((h >> 10 & 1023) / 1024.0, 3))::int as c
                  from (select n, n % 10 as step, base, hashint8extended(base, 11) & 9223372036854775807 as h
                          from (select n, case n % 10 when 8 then n - 1 when 9 then n - 2 else n end as base
                                  from generate_series($1::bigint, $2::bigint) n) a) b) d) r
 cross join load_places l`;

const timeOf = `$3::timestamptz + (n * $4::float8) * interval '1 second'`;
const isTesting = `(step < 7 and luck < 2)`;
const isWaiting = `(step < 7 and luck between 2 and 4)`;
const isRejected = `(step < 7 and luck = 5)`;

const supportersSql = `
insert into actions.supporters (id, campaign_id, action_page_id, source_id, fingerprint, area, processing_status, dupe_rank,
                                inserted_at, updated_at)
select last_supporter + n, campaigns[c + 1], pages[page], sources[1 + h % ${SOURCES}], sha256(int8send(last_supporter + base)),
       case when luck % 20 = 7 then null else areas[1 + floor(${AREAS.length} * share * share)::int] end,
       case when ${isWaiting} then 1 when ${isRejected} then 2 else 3 end,
       case when ${isWaiting} or ${isRejected} then null when step = 9 then 1 else 0 end,
       ${timeOf}, ${timeOf}
       ${rowsSql} where step <> 8`;

const actionsSql = `
insert into actions.actions (id, supporter_id, action_type, campaign_id, action_page_id, source_id, with_consent,
                             processing_status, testing, inserted_at, updated_at)
select last_action + n, last_supporter + base, case when step = 8 then 'share' when h % 4 = 0 then 'mail2target' else 'petition' end,
       campaigns[c + 1], pages[page], sources[1 + h % ${SOURCES}], step <> 8,
       case when ${isWaiting} then 0 when ${isRejected} then 2 else 4 end, ${isTesting}, ${timeOf}, ${timeOf}
       ${rowsSql}`;

const DAYS = 60;
const TABLES = ['actions.supporters', 'actions.actions'];

/** Indexes that no constraint needs, and the reference that is checked row by row. */
const definitionsSql = `
select format('drop index %s', i.indexrelid::regclass) as drop, pg_get_indexdef(i.indexrelid) as make
  from pg_index i
 where i.indrelid = any($1::regclass[]) and not exists (select from pg_constraint where conindid = i.indexrelid)
union all
select format('alter table %s drop constraint %I', conrelid::regclass, conname),
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  from pg_constraint where conrelid = any($1::regclass[]) and contype = 'f'`;

const forgetCountsSql = `
truncate stats.counters, stats.campaigns, stats.pages, stats.partitions, stats.pending_deltas;
update stats.state set counted_at = null`;

async function insertRows(client, count, campaigns) {
  const seconds = DAYS * 24 * 60 * 60;
  const since = new Date(Date.now() - seconds * 1_000);
  for (let first = 1; first <= count; first += CHUNK) {
    const values = [first, Math.min(count, first + CHUNK - 1), since, seconds / count, campaigns];
    await client.query(supportersSql, values);
    await client.query(actionsSql, values);
  }
  for (const table of TABLES) {
    await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`);
  }
}

/**
 * Adds `count` actions in one transaction that locks the tables: not beside a fleet that is used. What was counted is
 * forgotten, so stats-service counts all anew at its next start. `client` is the database's owner's.
 */
export async function loadStoredActions(client, { count, campaigns = 20 }) {
  await client.query('begin');
  try {
    await client.query("set local maintenance_work_mem = '256MB'");
    await client.query(catalogueSql.replaceAll('$campaigns', String(campaigns)));
    await client.query(sourcesSql);
    await client.query(placesSql, [campaigns]);
    const { rows } = await client.query(definitionsSql, [count >= MANY ? TABLES : []]);
    for (const { drop } of rows) await client.query(drop);
    await insertRows(client, count, campaigns);
    for (const { make } of rows) await client.query(make);
    await client.query(forgetCountsSql);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  await client.query(`vacuum (analyze) ${TABLES.join(', ')}`);
}
