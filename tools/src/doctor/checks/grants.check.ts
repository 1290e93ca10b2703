import {
  ownedSchemas,
  serviceRoles,
  tableOwnership,
  type ServiceRole,
  type TableOwnership,
} from '@groundswell/persistence';
import { fault, listed, type Check, type Finding, type Look } from '../check';
import { groupedBy } from '../grouped-by';
import type { DoctorDatabase } from '../sources/database';
import type { Sources } from '../sources/sources';

/** What a role may do with a table. `changes`: any of insert, update, delete; `writes`: all of them. */
export interface Privileges {
  table: string;
  role: ServiceRole;
  reads: boolean;
  writes: boolean;
  changes: boolean;
}

interface Role {
  name: string;
  isMighty: boolean;
}

const roles = `select rolname as name, rolsuper or rolcreaterole or rolcreatedb or rolbypassrls as "isMighty"
  from pg_roles where rolname = any($1::text[])`;

const privileges = `
select t.name as table, r.rolname as role,
       has_table_privilege(r.oid, c.oid, 'select') and has_schema_privilege(r.oid, c.relnamespace, 'usage') as reads,
       has_table_privilege(r.oid, c.oid, 'insert') and has_table_privilege(r.oid, c.oid, 'update')
         and has_table_privilege(r.oid, c.oid, 'delete') as writes,
       has_table_privilege(r.oid, c.oid, 'insert, update, delete') as changes
  from unnest($1::text[]) as t (name) join pg_class c on c.oid = to_regclass(t.name)
  join pg_roles r on r.rolname = any($2::text[])`;

const missing = 'select name from unnest($1::text[]) as t (name) where to_regclass(name) is null order by name';

const owners = `
select pg_get_userbyid(c.relowner) as owner, n.nspname || '.' || c.relname as table
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'S') order by 2`;

/** Postgres refuses each service what docs/data-ownership.md does not list, and nothing that it does (design.md §2). */
export class GrantsCheck implements Check {
  readonly id = 'grants';
  readonly title = 'each service may read and write what docs/data-ownership.md lists';
  readonly settles = false;

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const tables = tableOwnership.map(({ table }) => table);
    const found = await database.query<Role>(roles, [serviceRoles]);
    const names = new Set(found.map(({ name }) => name));
    const rows = await database.query<Privileges>(privileges, [tables, serviceRoles]);
    const absent = (await database.query<{ name: string }>(missing, [tables])).map(({ name }) => name);
    const findings = [
      ...serviceRoles.filter((role) => !names.has(role)).map((role) => fault(role, 'this role does not exist')),
      ...found.filter(({ isMighty }) => isMighty).map(({ name }) => fault(name, 'may do more than any service needs')),
      ...(absent.length > 0 ? [fault('tables', `missing: ${listed(absent)}`)] : []),
      ...grantFindings(tableOwnership, rows),
      ...(await this.ownerFindings(database)),
    ];
    return { findings, figures: { tables: tables.length, roles: found.length } };
  }

  /** One owner for all, who is no service: an owner may do everything with a table, whatever was granted. */
  private async ownerFindings(database: DoctorDatabase): Promise<Finding[]> {
    const rows = await database.query<{ owner: string; table: string }>(owners, [ownedSchemas]);
    const byOwner = groupedBy(rows, ({ owner }) => owner);
    const [main] = [...byOwner].sort((a, b) => b[1].length - a[1].length);
    return [...byOwner]
      .filter(([owner]) => owner !== main?.[0])
      .map(([owner, theirs]) => fault(`owner ${owner}`, `owns ${listed(theirs.map(({ table }) => table))}`));
  }
}

/** One finding per role and kind of difference. */
export function grantFindings(ownership: readonly TableOwnership[], rows: readonly Privileges[]): Finding[] {
  const owned = new Map(ownership.map((row) => [row.table, row]));
  const differences = rows.flatMap((row) => {
    const { writer, readers } = owned.get(row.table)!;
    const mayWrite = writer === row.role;
    const mayRead = mayWrite || readers.includes(row.role);
    const kinds = [
      mayRead && !row.reads && 'may not read',
      !mayRead && row.reads && 'may read, and should not,',
      mayWrite && !row.writes && 'may not write',
      !mayWrite && row.changes && 'may write, and should not,',
    ];
    return kinds.filter((kind) => kind !== false).map((kind) => ({ about: `${row.role} ${kind}`, table: row.table }));
  });
  return [...groupedBy(differences, ({ about }) => about)].map(([about, found]) =>
    fault(about, listed(found.map(({ table }) => table))),
  );
}
