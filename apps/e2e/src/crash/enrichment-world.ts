import { randomInt, randomUUID } from 'node:crypto';
import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { AwsAiServer } from '../aws-ai-server';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';

/** Of this process; chosen when the scenarios are loaded, since the services are told before any scenario is prepared. */
const port = randomInt(30_000, 40_000);
const server = new AwsAiServer();
let started: Promise<AwsAiServer> | null = null;

/** The AWS of all scenarios of a process. */
export const fakeAws = (): Promise<AwsAiServer> => (started ??= server.start(port).then((one) => one.unref()));

export const enrichmentSettings: Record<string, Record<string, string>> = {
  'action-ingest': {
    ENRICHMENT_REGION: server.region,
    ENRICHMENT_ACCESS_KEY_ID: server.accessKeyId,
    ENRICHMENT_SECRET_ACCESS_KEY: server.secretAccessKey,
    ENRICHMENT_ORIGIN: `http://127.0.0.1:${port}`,
    ENRICHMENT_MEDIA_BUCKET: 'media-bucket',
    ENRICHMENT_POLL_MS: '100',
  },
};

export interface EnrichmentWorld {
  aws: AwsAiServer;
  org: TestOrg;
  actionId: number;
  /** Of the person. */
  ref: string;
}

export interface WorldOptions {
  rules: object[];
  /** Of each kind. */
  quota: number;
  /** The person still has to confirm. */
  isUnconfirmed?: boolean;
}

/** An org with a quota, a campaign with rules, and one stored signature in it. */
export async function anEnrichmentWorld(
  fleet: TestFleet,
  { rules, quota, isUnconfirmed = false }: WorldOptions,
): Promise<EnrichmentWorld> {
  const aws = await fakeAws();
  const org = await anOrg(fleet, { withKey: false, processing: { customSupporterConfirm: isUnconfirmed } });
  const campaign = await aCampaign(org, { supporterConfirm: isUnconfirmed });
  const page = await aPage(org, campaign);
  const admin = await fleet.newUser(adminMask);
  for (const kind of ['TRANSLATE', 'SENTIMENT', 'TRANSCRIBE', 'LABEL']) {
    await admin.data(
      `mutation ($org: String!, $kind: EnrichmentKind!, $units: Int!) {
         setEnrichmentQuota(orgName: $org, kind: $kind, monthlyUnits: $units) }`,
      { org: org.name, kind, units: quota },
    );
  }
  await org.owner.data(
    'mutation ($id: Int!, $rules: [EnrichmentRuleInput!]!) { updateCampaignEnrichment(campaignId: $id, rules: $rules) { id } }',
    { id: campaign.id, rules },
  );
  const { addActionContact } = await fleet.anonymous.data<{ addActionContact: { contactRef: string } }>(
    signMutation,
    aSignature(page),
  );
  const actionId = await waitFor(async () => {
    const { rows } = await fleet.sql.query<{ id: number }>(
      'select id::int as id from actions.actions where action_page_id = $1',
      [page.id],
    );
    return rows[0]?.id;
  });
  return { aws, org, actionId, ref: addActionContact.contactRef };
}

/** A clean attachment of it, as the job that scans leaves it. */
export async function addAttachment(
  fleet: TestFleet,
  { org, actionId }: EnrichmentWorld,
  type: string,
): Promise<number> {
  const { rows } = await fleet.sql.query<{ id: number }>(
    `insert into actions.attachments (action_id, org_id, object_id, name, type, size, state, key, sha256, ended_at)
     values ($1, $2, $3, 'a file', $4, 40000, 'clean', $5, '\\x00', now()) returning id::int as id`,
    [actionId, org.id, randomUUID(), type, `attachments/${org.id}/${randomUUID()}`],
  );
  return rows[0]?.id ?? 0;
}

export interface EnrichmentState {
  id: number;
  field: string;
  status: string;
  reason: string | null;
  units: number | null;
  reserved: number;
}

export async function enrichmentsOf(fleet: TestFleet, { actionId }: EnrichmentWorld): Promise<EnrichmentState[]> {
  const { rows } = await fleet.sql.query<EnrichmentState>(
    `select id::int as id, field, status, reason, units::int as units, reserved::int as reserved
       from actions.enrichments where action_id = $1 order by id`,
    [actionId],
  );
  return rows;
}

/** Until there is one and it has ended so; answers it. */
export const endedAs = (fleet: TestFleet, world: EnrichmentWorld, status: string): Promise<EnrichmentState> =>
  waitFor(async () => (await enrichmentsOf(fleet, world)).find((one) => one.status === status));

export const retryEnrichment = (org: TestOrg, id: number): Promise<unknown> =>
  org.owner.data('mutation ($org: String!, $id: ID!) { retryEnrichment(orgName: $org, id: $id) }', {
    org: org.name,
    id: String(id),
  });

/** Accepts the signature as its person does, by the link in the confirm mail. */
export async function acceptSignature(fleet: TestFleet, { actionId, ref }: EnrichmentWorld): Promise<void> {
  const answer = await fetch(`${fleet.gatewayUrl}/link/s/${actionId}/accept/${ref}`);
  if (!answer.ok) throw new Error(`accept link: HTTP ${answer.status}`);
}
