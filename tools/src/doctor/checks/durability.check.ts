import { fault, type Check, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** Without these a committed signature can be lost, or the whole database, with the machine (design.md §1, §2). */
const mustBeOn = ['fsync', 'full_page_writes', 'synchronous_commit'];

const overrides = `
select coalesce(r.rolname, d.datname, 'all') as scope, setting
  from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
 cross join unnest(s.setconfig) as setting
 where setting ~* '^synchronous_commit=' and (s.setdatabase = 0 or d.datname = current_database())`;

export class DurabilityCheck implements Check {
  readonly id = 'durability';
  readonly title = 'what Postgres commits is on its disk';
  readonly settles = false;

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const rows = await database.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1::text[])',
      [mustBeOn],
    );
    const own = await database.query<{ scope: string; setting: string }>(overrides);
    return {
      findings: [
        ...rows.filter(({ setting }) => setting === 'off').map(({ name }) => fault(name, 'is off')),
        ...own
          .filter(({ setting }) => /=\s*(off|false|no|0)$/i.test(setting))
          .map(({ scope }) => fault(scope, 'has synchronous_commit off')),
      ],
    };
  }
}
