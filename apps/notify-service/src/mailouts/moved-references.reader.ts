import type { ReferencesMovedV1 } from '@groundswell/contracts';
import { byteaArray, type Database } from '@groundswell/persistence';
import type { FactReader } from '../facts/fact-readers';
import type { NotifyFact } from '../facts/notify-fact';

const bytes = (ref: string): Buffer => Buffer.from(ref, 'base64url');

/**
 * Persons with another reference (docs/adr/0014): who is in a mailout, waits for an opt-in or was asked for one, is the same person. Twice is
 * safe, and so is any order: they go to where the map leads now.
 */
export class MovedReferencesReader implements FactReader {
  readonly id = 'moved references';
  readonly schemas = ['groundswell:references-moved:1'] as const;

  constructor(private readonly database: Pick<Database, 'transaction'>) {}

  async read(facts: readonly NotifyFact[]): Promise<void> {
    const moves = facts
      .filter((fact): fact is ReferencesMovedV1 => fact.schema === this.schemas[0])
      .flatMap((fact) => fact.moves);
    if (moves.length === 0) return;
    const parameters = [byteaArray(moves.map(({ from }) => bytes(from))), byteaArray(moves.map(({ to }) => bytes(to)))];
    await this.database.transaction(async (manager) => {
      await manager.query(peopleSql, parameters);
      await manager.query(optInSql, parameters);
    });
  }
}

const moved = `
  moved as (
    select distinct on (m.old_ref) m.old_ref, coalesce(l.new_ref, m.new_ref) as new_ref
      from unnest($1::bytea[], $2::bytea[]) as m (old_ref, new_ref)
      left join actions.reference_aliases l on l.old_ref = m.new_ref
     where m.old_ref <> coalesce(l.new_ref, m.new_ref)
     order by m.old_ref)`;

/** Somebody who is in a mailout under both stays so: it was written to both. What waits is found by the reference its person has there. */
const peopleSql = `
with ${moved},
people as (
  select distinct on (p.mailout_id, m.new_ref) p.id, p.mailout_id, m.old_ref, m.new_ref
    from moved m join notify.mailout_people p on p.ref = m.old_ref
   where not exists (select from notify.mailout_people o where o.mailout_id = p.mailout_id and o.ref = m.new_ref)
   order by p.mailout_id, m.new_ref, p.id),
renamed as (
  update notify.mailout_people p set ref = people.new_ref from people where p.id = people.id)
update notify.awaiting_messages a set ref = people.new_ref from people
 where a.mailout_id = people.mailout_id and a.ref = people.old_ref`;

const optInSql = `
with ${moved},
gone as (
  delete from notify.opt_in_requests r using moved m where r.ref = m.old_ref
  returning r.org_id, m.new_ref, r.asked, r.last_asked_at)
insert into notify.opt_in_requests as r (org_id, ref, asked, last_asked_at)
select org_id, new_ref, sum(asked), max(last_asked_at) from gone group by org_id, new_ref order by org_id, new_ref
on conflict (org_id, ref) do update
   set asked = r.asked + excluded.asked, last_asked_at = greatest(r.last_asked_at, excluded.last_asked_at)`;
