import type { EntityManager } from 'typeorm';
import type { PassMarkV1 } from '@groundswell/contracts';

/** Where the commands of removal passes have come through. */
export class PassedMarkRepository {
  async note(manager: EntityManager, marks: PassMarkV1[]): Promise<void> {
    if (marks.length === 0) return;
    await manager.query(
      `insert into actions.passed_marks (pass_id, partition)
       select * from unnest($1::bigint[], $2::smallint[]) order by 1, 2 on conflict do nothing`,
      [marks.map(({ passId }) => passId), marks.map(({ partition }) => partition)],
    );
  }
}
