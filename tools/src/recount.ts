import { parseArgs } from 'node:util';
import { RunClient, runMain, UsageError, waitMsOf } from './runs/run-client';

/*
 * Figures of all campaigns, or of one, counted anew and compared now, not within a day (processing.md §9.2). What was wrong is
 * corrected and listed: by how much, by field (o: org, a: area, t: action type, p: page, y: action type of a page).
 *
 *   node dist/tools/recount.js [--campaign NAME]
 */
const usage = `usage:
  recount [--campaign NAME] [--wait SECONDS]
stats-service does it: waits 600 seconds for it unless --wait says otherwise
server: DATABASE_URL, else that of a running npm start`;

interface FinishedRun {
  finishedAt: Date;
  campaigns: number;
  drifted: number;
  error: string | null;
}
interface Drift {
  campaign: string | null;
  campaignId: string;
  figures: Record<string, number>;
}

const finished = 'select finished_at as "finishedAt", campaigns, drifted, error from stats.recount_runs where id = $1';
const drifts = `
  select d.campaign_id as "campaignId", c.name as campaign, d.figures
    from stats.recount_runs r
    join stats.drifts d on d.found_at between r.started_at and r.finished_at
     and d.campaign_id = coalesce(r.campaign_id, d.campaign_id)
    left join catalog.campaigns c on c.id = d.campaign_id
   where r.id = $1 order by d.id`;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { campaign: { type: 'string' }, wait: { type: 'string' } },
    allowPositionals: true,
  });
  if (positionals.length > 0) throw new UsageError(`what is "${positionals[0]}"?`);
  const waitMs = waitMsOf(values.wait ?? '600');
  await RunClient.use('recount', async (runs) => {
    const campaignId = values.campaign === undefined ? null : await runs.idOf('catalog.campaigns', values.campaign);
    const [run] = await runs.rows<{ id: string }>(
      'insert into stats.recount_runs (campaign_id) values ($1) returning id',
      [campaignId],
    );
    const id = Number(run?.id);
    const done = await runs.finished<FinishedRun>({ sql: finished, id, service: 'stats-service', waitMs });
    for (const { campaign, campaignId: of, figures } of await runs.rows<Drift>(drifts, [id])) {
      const list = Object.entries(figures).map(([field, by]) => `${field} ${by > 0 ? '+' : ''}${by}`);
      say([campaign ?? `campaign ${of}`, ...list].join('  '));
    }
    say(`${done.campaigns} campaigns counted, ${done.drifted} were wrong`);
    if (done.error !== null) throw new Error(done.error);
  });
}

await runMain(main, usage);
