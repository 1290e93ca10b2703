import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * The map from former references to present ones (docs/adr/0014). Nothing is stored under `old_ref` any more, and no `new_ref` is an
 * `old_ref`: one look-up leads to where a person is. `supporters.recipe` names what made a reference; null: unknown, of an earlier
 * release. `message_states.purpose_ref` is the reference that email-delivery was first asked under: the purpose of a mail stays.
 */
const tables = `
create table actions.reference_aliases (
  old_ref bytea primary key,
  new_ref bytea not null,
  recipe text,
  at timestamptz(3) not null default now(),
  check (old_ref <> new_ref)
);
create index reference_aliases_new on actions.reference_aliases (new_ref);
alter table actions.supporters add column recipe text;
alter table mtt.message_states add column purpose_ref bytea;
create index erasures_ref on catalog.erasures (ref);
`;

/**
 * Tombstones stand under all references of a person, so that each reader finds them under the one it has. Two transactions, of which one
 * erases and the other moves a person, do not see each other's rows: hence the lock, before any row is touched. The functions have the
 * rights of their owner, since neither service may write, or read, what the other one keeps. Nobody else may make triggers of them: on a
 * table of their own they would write tombstones as they please.
 */
const spreading = `
create function catalog.lock_erasures() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7003, 0);
  return null;
end $$;

create function catalog.spread_erasure() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into catalog.erasures (org_id, ref, erased_at)
  select new.org_id, m.ref, new.erased_at
    from (select coalesce((select a.new_ref from actions.reference_aliases a where a.old_ref = new.ref), new.ref) as ref) present
   cross join lateral (select present.ref
                       union all
                       select a.old_ref from actions.reference_aliases a where a.new_ref = present.ref) m
   where m.ref <> new.ref
   order by m.ref
  on conflict (org_id, ref) do update set erased_at = excluded.erased_at where erasures.erased_at < excluded.erased_at;
  return null;
end $$;

create function actions.spread_erasures() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into catalog.erasures (org_id, ref, erased_at)
  with members as (
    select new.new_ref as ref
    union all
    select a.old_ref from actions.reference_aliases a where a.new_ref = new.new_ref)
  select newest.org_id, members.ref, newest.erased_at
    from (select e.org_id, max(e.erased_at) as erased_at from catalog.erasures e
           where e.ref in (select ref from members) group by e.org_id) newest
   cross join members
   order by newest.org_id, members.ref
  on conflict (org_id, ref) do update set erased_at = excluded.erased_at where erasures.erased_at < excluded.erased_at;
  return null;
end $$;

revoke execute on function catalog.spread_erasure(), actions.spread_erasures() from public;

create trigger lock_before before insert on catalog.erasures for each statement execute function catalog.lock_erasures();
create trigger lock_before before insert or update on actions.reference_aliases for each statement execute function catalog.lock_erasures();
create trigger spread after insert or update of erased_at on catalog.erasures for each row execute function catalog.spread_erasure();
create trigger spread after insert or update on actions.reference_aliases for each row execute function actions.spread_erasures();
`;

/**
 * A mailing that waits names its people by the references they had: the newest word of each is found under former ones too. One row for
 * each reference, also where an earlier release, which does not look into the map, stored something under a former one.
 */
const views = `
create or replace view actions.unmailable_people as
select distinct on (org_id, ref) org_id, ref, reason from (
select org_id, ref, case email_status when 5 then 'unsubscribed' when 4 then 'complained' else 'bounced' end as reason
  from (select distinct on (nc.org_id, n.fingerprint) nc.org_id, n.fingerprint as ref, n.email_status
          from actions.supporters n join actions.contacts nc on nc.supporter_id = n.id
         where n.email_status <> 0
         order by nc.org_id, n.fingerprint, n.email_status_changed desc nulls last, n.id desc) newest
 where email_status between 2 and 6
union all
select newest.org_id, l.old_ref, case newest.email_status when 5 then 'unsubscribed' when 4 then 'complained' else 'bounced' end
  from actions.reference_aliases l
 cross join lateral (
       select distinct on (nc.org_id) nc.org_id, n.email_status
         from actions.supporters n join actions.contacts nc on nc.supporter_id = n.id
        where n.fingerprint = l.new_ref and n.email_status <> 0
        order by nc.org_id, n.email_status_changed desc nulls last, n.id desc) newest
 where newest.email_status between 2 and 6) people
 order by org_id, ref, reason;

create or replace view actions.unconsented_people as
select org_id, campaign_id, ref
  from (select distinct on (nc.org_id, n.campaign_id, n.fingerprint) nc.org_id, n.campaign_id, n.fingerprint as ref,
               nc.communication_consent
          from actions.supporters n join actions.contacts nc on nc.supporter_id = n.id
         where n.processing_status = 3
         order by nc.org_id, n.campaign_id, n.fingerprint, n.id desc) newest
 where communication_consent is not true
union
select newest.org_id, newest.campaign_id, l.old_ref
  from actions.reference_aliases l
 cross join lateral (
       select distinct on (nc.org_id, n.campaign_id) nc.org_id, n.campaign_id, nc.communication_consent
         from actions.supporters n join actions.contacts nc on nc.supporter_id = n.id
        where n.fingerprint = l.new_ref and n.processing_status = 3
        order by nc.org_id, n.campaign_id, n.id desc) newest
 where newest.communication_consent is not true;
`;

const formerViews = `
create or replace view actions.unmailable_people as
select org_id, ref, case email_status when 5 then 'unsubscribed' when 4 then 'complained' else 'bounced' end as reason
  from (select distinct on (nc.org_id, n.fingerprint) nc.org_id, n.fingerprint as ref, n.email_status
          from actions.supporters n join actions.contacts nc on nc.supporter_id = n.id
         where n.email_status <> 0
         order by nc.org_id, n.fingerprint, n.email_status_changed desc nulls last, n.id desc) newest
 where email_status between 2 and 6;

create or replace view actions.unconsented_people as
select org_id, campaign_id, ref
  from (select distinct on (nc.org_id, n.campaign_id, n.fingerprint) nc.org_id, n.campaign_id, n.fingerprint as ref,
               nc.communication_consent
          from actions.supporters n join actions.contacts nc on nc.supporter_id = n.id
         where n.processing_status = 3
         order by nc.org_id, n.campaign_id, n.fingerprint, n.id desc) newest
 where communication_consent is not true;
`;

export class References1763600000037 implements MigrationInterface {
  name = 'References1763600000037';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(spreading);
    await runner.query(views);
    for (const statement of grantStatements(37)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(formerViews);
    await runner.query('drop trigger spread on catalog.erasures');
    await runner.query('drop trigger lock_before on catalog.erasures');
    await runner.query('drop index catalog.erasures_ref');
    await runner.query('alter table mtt.message_states drop column purpose_ref');
    await runner.query('alter table actions.supporters drop column recipe');
    await runner.query('drop table actions.reference_aliases');
    await runner.query('drop function actions.spread_erasures, catalog.spread_erasure, catalog.lock_erasures');
  }
}
