import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { RunClient, runMain, UsageError, waitMsOf } from './runs/run-client';

/*
 * Removes what an org need not keep any longer of people who acted long ago in campaigns that ended long ago
 * (email-and-mtt.md §3.4). What was asked for, by whom, and what went stays in actions.retention_runs.
 *
 *   node dist/tools/retention.js --org NAME --mode MODE --months N [--campaign NAME] [--dry-run]
 */
const usage = `usage:
  retention --org NAME --mode delete_contacts|remove_pii [--months N] [--campaign NAME] [--dry-run] [--wait SECONDS]
delete_contacts removes the org's contact records; remove_pii also names and addresses nobody else has a record of
months: 24 unless said otherwise. --dry-run only counts
action-ingest does it: waits 600 seconds for it unless --wait says otherwise
server: DATABASE_URL, else that of a running npm start`;

interface FinishedRun {
  finishedAt: Date;
  contacts: number;
  supporters: number;
  error: string | null;
}

const finished = `select finished_at as "finishedAt", contacts, supporters, error from actions.retention_runs where id = $1`;

function read() {
  const { values } = parseArgs({
    options: {
      org: { type: 'string' },
      mode: { type: 'string' },
      months: { type: 'string', default: '24' },
      campaign: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      wait: { type: 'string', default: '600' },
    },
  });
  if (!values.org) throw new UsageError('which org?');
  if (!values.mode) throw new UsageError('which mode?');
  // What is no number goes as none: the service has the say, and the words.
  const months = /^-?[0-9]{1,6}$/.test(values.months) ? Number(values.months) : null;
  const waitMs = waitMsOf(values.wait);
  return { org: values.org, mode: values.mode, months, campaign: values.campaign, isDry: values['dry-run'], waitMs };
}

async function main(): Promise<void> {
  const { org, mode, months, campaign, isDry, waitMs } = read();
  await RunClient.use('retention', async (runs) => {
    const orgId = await runs.idOf('catalog.orgs', org);
    const campaignId = campaign === undefined ? null : await runs.idOf('catalog.campaigns', campaign);
    const [run] = await runs.rows<{ id: string }>(
      `insert into actions.retention_runs (org_id, campaign_id, mode, months, is_dry, asked_by)
       values ($1, $2, $3, $4, $5, $6) returning id`,
      [orgId, campaignId, mode, months, isDry, `cli:${userInfo().username}`],
    );
    const id = Number(run?.id);
    const done = await runs.finished<FinishedRun>({ sql: finished, id, service: 'action-ingest', waitMs });
    if (done.error !== null) throw new Error(done.error);
    const { contacts, supporters } = done;
    const result = { run: id, dryRun: isDry, contacts, supporters, months, org, campaign: campaign ?? null };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
}

await runMain(main, usage);
