import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg, type TestPage } from '../../campaign-world';
import type { TestFleet } from '../../test-fleet';
import type { JobScenario } from '../job-scenario';

interface World {
  org: TestOrg;
  page: TestPage;
}

/** Knows everybody; lives as long as this process. */
async function startDetailService(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end(JSON.stringify({ action: { customFields: { memberSince: 2019 } } })));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function prepare(fleet: TestFleet): Promise<World> {
  const org = await anOrg(fleet);
  await org.owner.data(
    `mutation ($org: String!, $host: String!) {
       upsertService(orgName: $org, input: { name: WEBHOOK, host: $host, user: "", password: "" }) { id } }`,
    { org: org.name, host: await startDetailService() },
  );
  await org.owner.data('mutation ($org: String!) { updateOrgProcessing(name: $org, detailBackend: WEBHOOK) { id } }', {
    org: org.name,
  });
  return { org, page: await aPage(org, await aCampaign(org)) };
}

async function check(fleet: TestFleet, { org }: World): Promise<void> {
  const { rows } = await fleet.sql.query<Record<string, unknown>>(
    `select a.processing_status as status, a.fields->'memberSince' as "memberSince", l.state, l.attempts,
            (select count(*)::int from actions.outbox_sent o where o.message_id like 'action:' || a.id || ':deliver:%') as sent
       from actions.detail_lookups l join actions.actions a on a.id = l.action_id where l.org_id = $1`,
    [org.id],
  );
  const wanted = [{ status: 4, memberSince: 2019, state: 'found', attempts: 1, sent: 1 }];
  if (JSON.stringify(rows) !== JSON.stringify(wanted)) throw new Error(`not looked up once: ${JSON.stringify(rows)}`);
}

/** Killed when the service has answered and the result is about to be written, with the command that takes it on. */
export const scenario: JobScenario<World> = {
  job: 'lookup-detail',
  service: 'action-ingest',
  holdAt: 'actions.detail_backends',
  prepare,
  async start(fleet, { page }) {
    await fleet.anonymous.data(signMutation, aSignature(page));
  },
  check,
};
