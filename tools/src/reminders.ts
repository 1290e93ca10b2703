import { parseArgs } from 'node:util';
import { RunClient, runMain, UsageError, waitMsOf } from './runs/run-client';

/*
 * Confirm reminders of one org now, not at the next hour (email-and-mtt.md §3.3). A dry run lists who would be reminded:
 * of addresses the first letter and the host, so that a person is known to who knows them, and a terminal's log holds none.
 *
 *   node dist/tools/reminders.js --org NAME [--dry-run]
 */
const usage = `usage:
  reminders --org NAME [--dry-run] [--wait SECONDS]
notify-service does it: waits 60 seconds for it unless --wait says otherwise
server: DATABASE_URL, else that of a running npm start`;

interface FinishedRun {
  finishedAt: Date;
  reminders: number;
  error: string | null;
}
interface Due {
  actionId: string;
  number: number;
  email: string | null;
  insertedAt: string;
}

const finished = 'select finished_at as "finishedAt", reminders, error from notify.reminder_runs where id = $1';
const listed = `
  select d.listed->>'actionId' as "actionId", (d.listed->>'number')::int as number, d.listed->>'insertedAt' as "insertedAt",
         left(s.email, 1) || '…@' || split_part(s.email, '@', 2) as email
    from notify.reminder_runs r
   cross join jsonb_array_elements(r.listed) with ordinality as d (listed, place)
    left join actions.actions a on a.id = (d.listed->>'actionId')::bigint
    left join actions.supporters s on s.id = a.supporter_id
   where r.id = $1 order by d.place`;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { org: { type: 'string' }, 'dry-run': { type: 'boolean', default: false }, wait: { type: 'string' } },
  });
  const { org, 'dry-run': isDry } = values;
  if (!org) throw new UsageError('which org?');
  const waitMs = waitMsOf(values.wait ?? '60');
  await RunClient.use('reminders', async (runs) => {
    const [run] = await runs.rows<{ id: string }>(
      'insert into notify.reminder_runs (org_id, is_dry) values ($1, $2) returning id',
      [await runs.idOf('catalog.orgs', org), isDry],
    );
    const id = Number(run?.id);
    const done = await runs.finished<FinishedRun>({ sql: finished, id, service: 'notify-service', waitMs });
    if (done.error !== null) throw new Error(done.error);
    if (!isDry) return say(`${done.reminders} reminders asked for`);
    for (const { actionId, number, email, insertedAt } of await runs.rows<Due>(listed, [id])) {
      say([org, `action ${actionId}`, email ?? 'gone', insertedAt, `reminder ${number}`].join('  '));
    }
    say(`${done.reminders} reminders due`);
  });
}

await runMain(main, usage);
