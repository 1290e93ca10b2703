import type { OldReader } from '../old-reader';
import { orgBackends } from '../old-schema';
import type { Target } from '../target';

/** Orgs point at services, which name an org: set once both are there. Returns orgs changed. */
export async function setOrgBackends(old: OldReader, target: Target): Promise<number> {
  const columns = orgBackends.map((column) => `${column}::text as ${column}`).join(', ');
  const rows = await old.rows<Record<string, string | null>>(
    `select id::text as id, ${columns} from ${old.table('orgs')}`,
  );
  const names = ['id', ...orgBackends];
  // A service that was left out is no backend.
  const present = (column: string) => `(select s.id from catalog.services s where s.id = n.${column}::bigint)`;
  return target.inTransaction(() =>
    target.run(
      `update catalog.orgs o set ${orgBackends.map((column) => `${column} = n.${column}`).join(', ')}
         from (select n.id::bigint as id, ${orgBackends.map((column) => `${present(column)} as ${column}`).join(', ')}
                 from unnest(${names.map((_name, index) => `$${index + 1}::text[]`).join(', ')}) as n (${names.join(', ')})) n
        where o.id = n.id
          and (${orgBackends.map((column) => `o.${column}`).join(', ')})
              is distinct from (${orgBackends.map((column) => `n.${column}`).join(', ')})`,
      names.map((name) => rows.map((row) => row[name] ?? null)),
    ),
  );
}
