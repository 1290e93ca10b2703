import { sealedColumns } from '@groundswell/persistence';
import { fault, listed, notice, type Check, type Finding, type Look } from '../check';
import { groupedBy } from '../grouped-by';
import { reasonOf } from '../reason-of';
import type { Sources } from '../sources/sources';

interface Sealed {
  key: string;
  sealed: string;
}

/** Secrets of orgs open with the key that services were given (design.md §8). */
export class SecretsCheck implements Check {
  readonly id = 'secrets';
  readonly title = 'sealed secrets open with the envelope key';
  readonly settles = false;

  async look(sources: Sources): Promise<Look> {
    const envelope = await sources.envelope();
    const database = await sources.database();
    const findings: Finding[] = [];
    let looked = 0;
    for (const { table, key, column } of sealedColumns) {
      const rows = await database.query<Sealed>(
        `select ${key}::text as key, ${column} as sealed from ${table} where ${column} <> '' order by ${key}`,
      );
      looked += rows.length;
      const closed = rows.flatMap(({ key: of, sealed }) => {
        try {
          envelope.open(sealed);
          return [];
        } catch (error) {
          return [{ of, why: reasonOf(error) }];
        }
      });
      for (const [why, found] of groupedBy(closed, (one) => one.why)) {
        findings.push(fault(`${table}.${column}`, `${why}: ${key} ${listed(found.map(({ of }) => of))}`));
      }
      const unopened = new Set(closed.map(({ of }) => of));
      const old = rows.filter(({ key: of, sealed }) => !unopened.has(of) && envelope.needsReseal(sealed));
      if (old.length > 0) {
        findings.push(notice(`${table}.${column} rotation`, `${old.length} are sealed with an older key`));
      }
    }
    return { findings, figures: { secrets: looked } };
  }
}
