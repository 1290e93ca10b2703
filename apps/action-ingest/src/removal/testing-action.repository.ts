import type { EntityManager } from 'typeorm';
import { int8Array } from '@groundswell/persistence';

export interface TestingAction {
  id: number;
  supporterId: number | null;
  /** Of its supporter; null while unlinked. */
  fingerprint: Buffer | null;
  /** Text of the reference it waits under; null once linked. */
  ref: Buffer | null;
}

const columns = `a.id, a.supporter_id as "supporterId", s.fingerprint, a.ref`;

/** Testing actions on given pages, and the supporters that made nothing else. */
export class TestingActionRepository {
  constructor(private readonly manager: EntityManager) {}

  /** By id, those above `after`. */
  async findOn(pageIds: number[], after: number, limit: number): Promise<TestingAction[]> {
    return this.manager.query(
      `select ${columns} from actions.actions a left join actions.supporters s on s.id = a.supporter_id
        where a.action_page_id = any($1::bigint[]) and a.testing and a.id > $2 order by a.id limit $3`,
      [int8Array(pageIds), after, limit],
    );
  }

  /** As they are now, locked: while unlinked, a batch of any partition may be about to link them. */
  async lock(ids: number[]): Promise<TestingAction[]> {
    await this.manager.query(`select from actions.actions where id = any($1::bigint[]) order by id for update`, [
      int8Array(ids),
    ]);
    return this.manager.query(
      `select ${columns} from actions.actions a left join actions.supporters s on s.id = a.supporter_id
        where a.id = any($1::bigint[])`,
      [int8Array(ids)],
    );
  }

  /** Donations, messages and confirm codes go with them. Signatures stay: they go with their supporter. */
  async remove(ids: number[]): Promise<number> {
    return this.deleteActions('a.id = any($1::bigint[]) and not (a.with_consent and a.supporter_id is not null)', [
      int8Array(ids),
    ]);
  }

  /** Of these supporters, those of the pages that have nothing left but their own testing signature. */
  async removeSupporters(ids: number[], pageIds: number[]): Promise<number> {
    const rows: { id: number }[] = await this.manager.query(
      `select s.id from actions.supporters s
        where s.id = any($1::bigint[]) and s.action_page_id = any($2::bigint[])
          and not exists (select from actions.actions a
                           where a.supporter_id = s.id
                             and not (a.testing and a.with_consent and a.action_page_id = any($2::bigint[])))`,
      [int8Array(ids), int8Array(pageIds)],
    );
    const gone = int8Array(rows.map(({ id }) => id));
    await this.deleteActions('a.supporter_id = any($1::bigint[])', [gone]);
    await this.manager.query('delete from actions.supporters where id = any($1::bigint[])', [gone]);
    return rows.length;
  }

  private async deleteActions(where: string, parameters: unknown[]): Promise<number> {
    const contents: { id: number }[] = await this.manager.query(
      `select distinct m.message_content_id as id from actions.actions a join actions.messages m on m.action_id = a.id
        where ${where}`,
      parameters,
    );
    const [, count]: [unknown, number] = await this.manager.query(
      `delete from actions.actions a where ${where}`,
      parameters,
    );
    if (contents.length > 0) {
      await this.manager.query(
        `delete from actions.message_contents c
          where c.id = any($1::bigint[])
            and not exists (select from actions.messages m where m.message_content_id = c.id)`,
        [int8Array(contents.map(({ id }) => id))],
      );
    }
    return count;
  }
}
