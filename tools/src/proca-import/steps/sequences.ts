import type { OldReader } from '../old-reader';
import { oldTable } from '../old-schema';
import type { TableCopy } from '../table-copy';
import type { Target } from '../target';

/** Last number of the sequence behind an old id: null where we may not read it, or it is no table. */
const lastOfOld = `
  select q.last_value::text as last
    from pg_depend d
    join pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_namespace n on n.oid = s.relnamespace
    join pg_sequences q on q.schemaname = n.nspname and q.sequencename = s.relname
   where d.refobjid = to_regclass($1) and d.deptype in ('a', 'i')`;

/** The next id of each table is one the old server never gave away: ids of deleted rows live on in clients. */
export async function raiseSequences(old: OldReader, target: Target, copies: readonly TableCopy[]): Promise<void> {
  for (const { from, to } of copies.filter((copy) => oldTable(copy.from).id === 'bigint')) {
    const [row] = await old.rows<{ last: string | null }>(lastOfOld, [`${old.schemaName}.${from}`]);
    await target.rows(
      `with sequence as (select pg_get_serial_sequence($1, 'id')::regclass as name),
            present as (select q.last_value from sequence, pg_sequences q
                         where format('%I.%I', q.schemaname, q.sequencename)::regclass = sequence.name),
            top as (select greatest($2::bigint, (select max(id) from ${to}), (select last_value from present), 0) as id)
       select setval(sequence.name, greatest(top.id, 1), top.id > 0) from sequence, top`,
      [to, row?.last ?? null],
    );
  }
}
