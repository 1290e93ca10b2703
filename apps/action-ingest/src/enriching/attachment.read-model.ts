import type { EntityManager } from 'typeorm';
import { int8Array, preparedQuery } from '@groundswell/persistence';

/** A file of an action that was scanned and found clean. */
export interface CleanAttachment {
  id: number;
  /** In the object store. */
  key: string;
  /** Such as image/jpeg. */
  type: string;
  /** Bytes. */
  size: number;
}

/** What enriching needs of attachments. */
export class AttachmentReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Of these actions those with some attachment, whatever its state. */
  async haveAny(actionIds: readonly number[]): Promise<Set<number>> {
    const rows = await preparedQuery<{ id: number }>(
      this.manager,
      'select distinct action_id as id from actions.attachments where action_id = any($1::bigint[])',
      [int8Array(actionIds)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  cleanOf(actionId: number): Promise<CleanAttachment[]> {
    return preparedQuery(
      this.manager,
      `select id, key, type, size from actions.attachments where action_id = $1 and state = 'clean' order by id`,
      [actionId],
    );
  }

  async findClean(id: string): Promise<CleanAttachment | null> {
    const [row] = await preparedQuery<CleanAttachment>(
      this.manager,
      `select id, key, type, size from actions.attachments where id = $1 and state = 'clean'`,
      [id],
    );
    return row ?? null;
  }
}
