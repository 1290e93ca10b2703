import { randomBytes } from 'node:crypto';
import { actMutation, aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../../campaign-world';
import type { TestFleet } from '../../test-fleet';
import type { JobScenario } from '../job-scenario';

interface World {
  org: TestOrg;
  page: TestPage;
}

async function prepare(fleet: TestFleet): Promise<World> {
  const org = await anOrg(fleet);
  await fleet.crmLogin(org.id);
  return { org, page: await aPage(org, await aCampaign(org)) };
}

/** Shared by somebody nobody knows yet. */
async function start(fleet: TestFleet, { page }: World): Promise<void> {
  const variables = {
    actionPage: page.id,
    action: { actionType: 'share' },
    contactRef: randomBytes(32).toString('base64url'),
  };
  await fleet.anonymous.data(actMutation, variables);
}

async function check(fleet: TestFleet, { org }: World): Promise<void> {
  const { rows } = await fleet.sql.query<{ state: string; attempts: number }>(
    'select state, attempts from actions.late_references where org_id = $1',
    [org.id],
  );
  if (rows.length !== 1 || rows[0]?.state !== 'waiting' || rows[0].attempts < 1) {
    throw new Error(`not looked after once: ${JSON.stringify(rows)}`);
  }
}

/** Killed when it takes up what came since its last turn. */
export const scenario: JobScenario<World> = {
  job: 'resolve-reference',
  service: 'action-ingest',
  holdAt: 'actions.late_references',
  settings: { 'action-ingest': { PROCESS_OLD_INTERVAL: '1000' } },
  prepare,
  start,
  check,
};
