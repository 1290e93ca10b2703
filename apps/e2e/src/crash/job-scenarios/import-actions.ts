import { aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../../campaign-world';
import type { TestFleet } from '../../test-fleet';
import { anActionFile, importFile, uploadOf, type ActionFile } from '../action-file';
import type { JobScenario } from '../job-scenario';

interface World {
  org: TestOrg;
  page: TestPage;
  file: ActionFile;
  uploadId: string;
}

const rows = 120;

async function prepare(fleet: TestFleet): Promise<World> {
  const org = await anOrg(fleet);
  await fleet.crmLogin(org.id);
  return { org, page: await aPage(org, await aCampaign(org)), file: anActionFile(rows, org.name), uploadId: '' };
}

async function start(_fleet: TestFleet, world: World): Promise<void> {
  world.uploadId = await importFile(world.org, world.page, world.file);
}

async function check(fleet: TestFleet, { org, page, file, uploadId }: World): Promise<void> {
  const { state, accepted, refused } = await uploadOf(org, uploadId);
  const { rows: stored } = await fleet.sql.query<{ n: number; different: number }>(
    `select count(*)::int as n, count(distinct fields->>'row')::int as different from actions.actions
      where action_page_id = $1`,
    [page.id],
  );
  const { rows: errors } = await fleet.sql.query<{ n: number }>(
    'select count(distinct row_number)::int as n from actions.upload_errors where upload_id = $1',
    [uploadId],
  );
  const found = { state, accepted, refused, ...stored[0], errors: errors[0]?.n };
  const good = file.good.length;
  const wanted = { state: 'COMPLETE', accepted: good, refused: file.errors.size, n: good, different: good };
  if (JSON.stringify(found) !== JSON.stringify({ ...wanted, errors: file.errors.size })) {
    throw new Error(`not imported once: ${JSON.stringify(found)}`);
  }
}

/** Killed when its rows are published, and their step is about to be committed. */
export const scenario: JobScenario<World> = {
  job: 'import-actions',
  service: 'action-ingest',
  holdAt: 'actions.upload_errors',
  prepare,
  start,
  check,
};
