import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage } from '../../campaign-world';
import type { TestFleet } from '../../test-fleet';
import { anActionFile, importFile, uploadOf } from '../action-file';
import type { JobScenario } from '../job-scenario';

interface World {
  uploadId: string;
}

/** One row in it is bad, so there is an error to forget. */
const rows = 60;

async function prepare(fleet: TestFleet): Promise<World> {
  const org = await anOrg(fleet);
  await fleet.crmLogin(org.id);
  const page = await aPage(org, await aCampaign(org));
  const uploadId = await importFile(org, page, anActionFile(rows, org.name));
  await waitFor(async () => (await uploadOf(org, uploadId)).state === 'COMPLETE');
  return { uploadId };
}

/** Its two weeks are over. */
async function start(fleet: TestFleet, { uploadId }: World): Promise<void> {
  await fleet.sql.query(
    `update actions.jobs set due_at = now() where type = 'forget-upload' and (payload->>'uploadId')::bigint = $1`,
    [uploadId],
  );
}

async function check(fleet: TestFleet, { uploadId }: World): Promise<void> {
  const { rows: found } = await fleet.sql.query<{ closed: boolean; rows: number; errors: number; job: string }>(
    `select u.closed_at is not null as closed, u.row_count::int as rows, count(e.id)::int as errors,
            (select state from actions.jobs where type = 'forget-upload' and (payload->>'uploadId')::bigint = u.id) as job
       from actions.uploads u left join actions.upload_errors e on e.upload_id = u.id where u.id = $1 group by u.id`,
    [uploadId],
  );
  if (JSON.stringify(found[0]) !== JSON.stringify({ closed: true, rows, errors: 0, job: 'complete' })) {
    throw new Error(`not forgotten once: ${JSON.stringify(found[0])}`);
  }
}

/** Killed within its one step. */
export const scenario: JobScenario<World> = {
  job: 'forget-upload',
  service: 'action-ingest',
  holdAt: 'actions.upload_errors',
  prepare,
  start,
  check,
};
