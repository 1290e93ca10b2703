import { fault, type Check, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** stats-service counts anew where a number is missing for longer. */
const gapWithin = '3 minutes';

const numbers = `
select g.partition::int as partition, g.number::float8 as given, coalesce(a.number, 0)::float8 as applied
  from actions.counter_numbers g left join stats.partitions a on a.partition = g.partition`;
const gaps = `
select partition::int as partition, count(*)::int as n from stats.pending_deltas
 where received_at < now() - interval '${gapWithin}' group by 1`;

/** Every change of the counters arrives at stats-service, in order and none missing (design.md §3.8). Knows the look before. */
export class DeltasCheck implements Check {
  readonly id = 'deltas';
  readonly title = 'every change of the counters is applied';
  readonly settles = true;
  private given = new Map<number, number>();

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const rows = await database.query<{ partition: number; given: number; applied: number }>(numbers);
    const waiting = await database.query<{ partition: number; n: number }>(gaps);
    const findings = rows.flatMap(({ partition, given, applied }) => {
      if (applied > given) {
        return [fault(`partition ${partition}`, `${applied} deltas are applied, ${given} were given away`)];
      }
      // What was given away by the look before should be applied by now.
      const due = this.given.get(partition) ?? given;
      return applied < due
        ? [fault(`partition ${partition}`, `${applied} deltas are applied, ${due} were given away`)]
        : [];
    });
    this.given = new Map(rows.map(({ partition, given }) => [partition, given]));
    return {
      findings: [
        ...findings,
        ...waiting.map(({ partition, n }) => fault(`gap ${partition}`, `${n} deltas wait for one that is missing`)),
      ],
      figures: { given: rows.reduce((sum, { given }) => sum + given, 0) },
    };
  }
}
