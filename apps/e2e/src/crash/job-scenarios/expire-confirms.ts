import { unique } from '../../campaign-world';
import type { JobScenario } from '../job-scenario';
import { afterFirstTurn, makeDue } from '../scheduled-jobs';

const schedule = { schema: 'catalog', name: 'expire-confirms' } as const;

export const scenario: JobScenario<string> = {
  job: 'expire-confirms',
  service: 'api-gateway',
  holdAt: 'catalog.confirms',
  settings: { 'api-gateway': { JOBS_POLL_MS: '200' } },
  async prepare(fleet) {
    await afterFirstTurn(fleet, schedule);
    const code = unique('9');
    await fleet.sql.query(
      `insert into catalog.confirms (operation, subject_id, object_id, code, expires_at)
       select 2, 1, 1, $1 || n, now() - n * interval '20 days' from generate_series(1, 3) n`,
      [code],
    );
    return code;
  },
  start: (fleet) => makeDue(fleet, schedule),
  async check(fleet, code) {
    const { rows } = await fleet.sql.query<{ code: string }>(
      'select code from catalog.confirms where starts_with(code, $1)',
      [code],
    );
    if (rows.length !== 1 || rows[0]?.code !== `${code}1`) throw new Error(`left: ${JSON.stringify(rows)}`);
  },
};
