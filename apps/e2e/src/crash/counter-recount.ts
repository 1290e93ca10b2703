import type { Pool } from 'pg';
import type { CounterDeltaV1 } from '@groundswell/contracts';
import { recountSql, sumDeltas, type CounterFigures } from '@groundswell/testing';

/** The counter deltas as a reader sees them: each (partition, number) once, however often it came. */
export class CounterDeltas {
  private readonly byNumber = new Map<string, CounterDeltaV1>();

  take(delta: CounterDeltaV1): void {
    this.byNumber.set(`${delta.partition}:${delta.number}`, delta);
  }

  /** What a recount of the whole database gives otherwise, and every number that is missing. Empty when all is well. */
  async differences(sql: Pool): Promise<string[]> {
    const [{ rows: counted }, { rows: partitions }] = await Promise.all([
      sql.query<{ name: string; n: number }>(recountSql),
      sql.query<{ partition: number; number: number }>(
        'select partition::int, number::int from actions.counter_numbers where number > 0',
      ),
    ]);
    const expected: CounterFigures = Object.fromEntries(counted.map(({ name, n }) => [name, n]));
    const summed = sumDeltas(this.byNumber.values());
    const wrong = [...new Set([...Object.keys(expected), ...Object.keys(summed)])]
      .filter((name) => (expected[name] ?? 0) !== (summed[name] ?? 0))
      .map((name) => `${name}: deltas say ${summed[name] ?? 0}, a recount ${expected[name] ?? 0}`);
    const missing = partitions.flatMap(({ partition, number }) =>
      Array.from({ length: number }, (_, index) => `${partition}:${index + 1}`).filter(
        (key) => !this.byNumber.has(key),
      ),
    );
    return [...wrong, ...missing.map((key) => `no delta ${key}`)];
  }
}
