import { preparedQuery, type Database, type OwnedSchema } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

/** What has a table `answered_requests`. */
export type AnsweringSchema = Extract<OwnedSchema, 'actions' | 'notify' | 'stats'>;

/**
 * What is done for each kind of request, in a transaction that also keeps the answer. Throws RpcRefusedError for a no, which is
 * not kept.
 */
export type RequestAnswerers<R extends { kind: string }> = {
  [K in R['kind']]: (manager: EntityManager, request: Extract<R, { kind: K }>) => Promise<unknown>;
};

/** How long the answer to a request is known: far longer than anybody asks again under the same id. */
const keptFor = '1 day';

/** Answers requests each of which takes effect once: a known id is given the answer it had. */
export class AnsweredOnce<R extends { kind: string; id: string }> {
  private readonly table: string;

  constructor(
    private readonly database: Pick<Database, 'transaction'>,
    schema: AnsweringSchema,
    private readonly answerers: RequestAnswerers<R>,
  ) {
    this.table = `${schema}.answered_requests`;
  }

  answer(request: R): Promise<unknown> {
    return this.database.transaction(async (manager) => {
      const known = await this.find(manager, request.id);
      if (known !== undefined) return known;
      const answerer = this.answerers[request.kind as R['kind']] as (
        manager: EntityManager,
        asked: R,
      ) => Promise<unknown>;
      const answer = await answerer(manager, request);
      await this.note(manager, request.id, answer);
      return answer;
    });
  }

  /** Undefined for a request that is new. Whoever asks second under an id waits until the first has committed. */
  private async find(manager: EntityManager, id: string): Promise<unknown> {
    await preparedQuery(manager, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
    const [row] = await preparedQuery<{ answer: unknown }>(manager, `select answer from ${this.table} where id = $1`, [
      id,
    ]);
    return row?.answer;
  }

  private async note(manager: EntityManager, id: string, answer: unknown): Promise<void> {
    await preparedQuery(manager, `insert into ${this.table} (id, answer) values ($1, $2)`, [
      id,
      JSON.stringify(answer),
    ]);
    await preparedQuery(manager, `delete from ${this.table} where answered_at < now() - interval '${keptFor}'`, []);
  }
}
