import type { EntityManager } from 'typeorm';
import { preparedQuery, textArray } from '@groundswell/persistence';

/** Objects that nothing names any more, by when they are to go. */
export class ObjectRemovalRepository {
  constructor(private readonly manager: EntityManager) {}

  async add(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await preparedQuery(
      this.manager,
      'insert into actions.object_removals (key) select unnest($1::text[]) on conflict (key) do nothing',
      [textArray(keys)],
    );
  }

  async due(count: number): Promise<string[]> {
    const rows = await preparedQuery<{ key: string }>(
      this.manager,
      `select key from actions.object_removals where remove_after <= now() order by remove_after, key limit $1`,
      [count],
    );
    return rows.map(({ key }) => key);
  }

  async putOff(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await preparedQuery(
      this.manager,
      `update actions.object_removals set remove_after = now() + interval '1 hour' where key = any($1::text[])`,
      [textArray(keys)],
    );
  }

  async done(keys: readonly string[]): Promise<void> {
    await preparedQuery(this.manager, 'delete from actions.object_removals where key = any($1::text[])', [
      textArray(keys),
    ]);
  }
}
