import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../campaign-world';
import type { TestFleet } from '../test-fleet';

export interface PushingOrg {
  org: TestOrg;
  page: TestPage;
}

/** An org whose actions are pushed to a webhook at this address, and go nowhere else. */
export async function aPushingOrg(fleet: TestFleet, host: string): Promise<PushingOrg> {
  const org = await anOrg(fleet, { processing: { customActionDeliver: false } });
  await org.owner.data(
    `mutation ($org: String!, $service: ServiceInput!) {
       upsertService(orgName: $org, input: $service) { id }
       updateOrgProcessing(name: $org, pushBackend: WEBHOOK) { name }
     }`,
    { org: org.name, service: { name: 'WEBHOOK', host } },
  );
  const page = await aPage(org, await aCampaign(org));
  await waitFor(async () => {
    const { rows } = await fleet.sql.query(
      `select from topology.queue_sets where scope = 'org:' || $1 and state = 'confirmed'`,
      [org.id],
    );
    return rows.length > 0;
  });
  return { org, page };
}
