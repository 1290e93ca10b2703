import { randomBytes } from 'node:crypto';
import type { JobScenario } from '../job-scenario';
import { afterFirstTurn, makeDue } from '../scheduled-jobs';

const schedule = { schema: 'catalog', name: 'expire-account-tokens' } as const;

/** Its world: the bytes its tokens begin with. */
export const scenario: JobScenario<Buffer> = {
  job: 'expire-account-tokens',
  service: 'api-gateway',
  holdAt: 'catalog.users_tokens',
  settings: { 'api-gateway': { JOBS_POLL_MS: '200' } },
  async prepare(fleet) {
    await afterFirstTurn(fleet, schedule);
    await fleet.newUser();
    const start = randomBytes(8);
    await fleet.sql.query(
      `insert into catalog.users_tokens (user_id, token, context, inserted_at)
       select (select max(id) from catalog.users), $1 || n::text::bytea, 'session', now() - n * interval '40 days'
         from generate_series(1, 3) n`,
      [start],
    );
    return start;
  },
  start: (fleet) => makeDue(fleet, schedule),
  async check(fleet, start) {
    const { rows } = await fleet.sql.query('select from catalog.users_tokens where substr(token, 1, 8) = $1', [start]);
    if (rows.length !== 1) throw new Error(`${rows.length} tokens left`);
  },
};
