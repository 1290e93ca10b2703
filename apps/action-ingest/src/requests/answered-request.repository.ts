import type { EntityManager } from 'typeorm';
import { preparedQuery } from '@groundswell/persistence';

/** How long the answer to a request is known: far longer than anybody asks again under the same id. */
const keptFor = '1 day';

/** Answers by request id, so that a request that comes twice takes effect once. */
export class AnsweredRequestRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Undefined for a request that is new. Whoever asks second under an id waits until the first has committed. */
  async find(id: string): Promise<unknown> {
    await preparedQuery(this.manager, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
    const [row] = await preparedQuery<{ answer: unknown }>(
      this.manager,
      'select answer from actions.answered_requests where id = $1',
      [id],
    );
    return row?.answer;
  }

  async note(id: string, answer: unknown): Promise<void> {
    await preparedQuery(this.manager, 'insert into actions.answered_requests (id, answer) values ($1, $2)', [
      id,
      JSON.stringify(answer),
    ]);
    await preparedQuery(
      this.manager,
      `delete from actions.answered_requests where answered_at < now() - interval '${keptFor}'`,
      [],
    );
  }
}
