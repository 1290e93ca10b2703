import { migrationNames } from '@groundswell/persistence';
import { fault, listed, notice, type Check, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** The schema is the one this release was built for. A schema that is newer fits too: a release only adds (design.md §2). */
export class MigrationsCheck implements Check {
  readonly id = 'migrations';
  readonly title = 'the schema is that of this release';
  readonly settles = false;

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const [table] = await database.query<{ isThere: boolean }>(
      `select to_regclass('public.schema_migrations') is not null as "isThere"`,
    );
    if (!table?.isThere) return { findings: [fault('schema', 'this database holds no Groundswell schema')] };
    const rows = await database.query<{ name: string }>('select name from public.schema_migrations order by id');
    return {
      findings: schemaFindings(
        migrationNames,
        rows.map(({ name }) => name),
      ),
      figures: { ran: rows.length },
    };
  }
}

export function schemaFindings(known: readonly string[], ran: readonly string[]) {
  const pending = known.filter((name) => !ran.includes(name));
  const newer = ran.filter((name) => !known.includes(name));
  return [
    ...(pending.length > 0 ? [fault('pending', `not run yet: ${listed(pending)}`)] : []),
    ...(newer.length > 0 ? [notice('newer', `of a later release than this doctor: ${listed(newer)}`)] : []),
  ];
}
