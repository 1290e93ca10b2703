import { randomBytes, randomUUID } from 'node:crypto';
import { loadConfigOrExit } from '@groundswell/config';
import type { GraphqlClient } from './demo/graphql-client';
import { ensureSmokePage, type SmokePage } from './smoke/smoke-campaign';
import { smokeSettings } from './smoke/smoke-settings';

/**
 * Signs a page of an organisation of its own and reads the signature back, through the API, the broker, action-ingest and the
 * database. It is a test action, which no counter counts. Exit code 0 when it came back, else 1 with what went wrong.
 */
const arrivalDeadlineMs = 60_000;
const lookEveryMs = 250;
/** The gateway's clock may be behind this one's. */
const clockMarginMs = 60_000;

const settings = loadConfigOrExit(smokeSettings);
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function sign(client: GraphqlClient, { pageId }: SmokePage): Promise<string> {
  const answer = await client.call<{ addActionContact: { contactRef: string } }>(
    `mutation ($page: Int!, $action: ActionInput!, $contact: ContactInput!, $privacy: ConsentInput!) {
       addActionContact(actionPageId: $page, action: $action, contact: $contact, privacy: $privacy) { contactRef } }`,
    {
      page: pageId,
      action: { actionType: 'smoke', testing: true },
      contact: {
        firstName: 'Smoke',
        lastName: 'Test',
        email: `smoke-${randomUUID()}@groundswell.invalid`,
        address: { country: 'NO', postcode: '5003' },
      },
      privacy: { optIn: false },
    },
  );
  return answer.addActionContact.contactRef;
}

async function isStored(
  client: GraphqlClient,
  { orgName }: SmokePage,
  contactRef: string,
  after: Date,
): Promise<boolean> {
  const { actions } = await client.call<{ actions: { contact: { contactRef: string } }[] }>(
    `query ($org: String!, $after: DateTime!) {
       actions(orgName: $org, after: $after, limit: 5000, onlyOptIn: false, includeTesting: true) { contact { contactRef } } }`,
    { org: orgName, after: after.toISOString() },
  );
  return actions.some(({ contact }) => contact.contactRef === contactRef);
}

async function run(): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const [client, page] = await ensureSmokePage(settings.GATEWAY_URL, settings.DATABASE_URL, password);
  const after = new Date(Date.now() - clockMarginMs);
  const begunAt = performance.now();
  const contactRef = await sign(client, page);
  const took = (): string => `${Math.round(performance.now() - begunAt)} ms`;
  say(`signed page ${page.pageId} of ${page.orgName} after ${took()}: ${contactRef}`);
  while (performance.now() - begunAt < arrivalDeadlineMs) {
    if (await isStored(client, page, contactRef, after)) {
      say(`read back after ${took()}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  throw new Error(
    `the signature was accepted, but is not stored after ${arrivalDeadlineMs} ms: is action-ingest running?`,
  );
}

try {
  await run();
} catch (error) {
  process.stderr.write(`smoke test failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
