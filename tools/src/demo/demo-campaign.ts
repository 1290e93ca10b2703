import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { GraphqlClient } from './graphql-client';

/** `{"<public>": {"private": "<private>"}}`, base64url without padding: the key store of CRM clients. */
export type KeyStore = Record<string, { private: string }>;

export const readKeyStore = (file: string): KeyStore =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeyStore) : {};

export interface DemoCampaign {
  orgId: number;
  campaignId: number;
  pageId: number;
}

export const demoNames = { org: 'greenorg', campaign: 'save-the-river', page: 'greenorg/save-the-river/en' } as const;

interface OrgAnswer {
  org: {
    id: number;
    processing: { customActionDeliver: boolean; emailBackend: string | null };
    keys: { public: string; active: boolean }[];
  };
}

/** The org with its key and its CRM queue, a campaign and a page; whatever exists already is left as it is. */
export async function ensureCampaign(owner: GraphqlClient, keyFile: string): Promise<DemoCampaign> {
  await ensureOrg(owner);
  const { org } = await owner.call<OrgAnswer>(
    `query ($name: String!) { org(name: $name) { id processing { customActionDeliver emailBackend } keys { public active } } }`,
    { name: demoNames.org },
  );
  await ensureKey(owner, org.keys, keyFile);
  if (!org.processing.customActionDeliver) {
    await owner.call(
      `mutation ($name: String!) { updateOrgProcessing(name: $name, customActionDeliver: true) { name } }`,
      {
        name: demoNames.org,
      },
    );
  }
  const sendsMail = org.processing.emailBackend !== null;
  const { upsertCampaign } = await owner.call<{ upsertCampaign: { id: number } }>(
    `mutation ($org: String!, $input: CampaignInput!) { upsertCampaign(orgName: $org, input: $input) { id } }`,
    {
      org: demoNames.org,
      input: {
        name: demoNames.campaign,
        title: 'Save the river',
        status: 'LIVE',
        config: JSON.stringify({ description: 'Keep the river free of dams.' }),
        actionPages: [
          // Without a backend yet, any name is taken; with one, the page has its template already.
          { name: demoNames.page, locale: 'en', ...(!sendsMail && { thankYouTemplate: 'thank_you' }) },
        ],
      },
    },
  );
  if (!sendsMail) await ensurePreviewMail(owner, demoNames.org, { supporterConfirmTemplate: 'supporter_confirm' });
  const { actionPage } = await owner.call<{ actionPage: { id: number } }>(
    `query ($name: String!) { actionPage(name: $name) { id } }`,
    { name: demoNames.page },
  );
  return { orgId: org.id, campaignId: upsertCampaign.id, pageId: actionPage.id };
}

/** Mails of this org are rendered and kept in mail.previews, and go nowhere. */
export async function ensurePreviewMail(
  client: GraphqlClient,
  org: string,
  templates: { supporterConfirmTemplate?: string } = {},
): Promise<void> {
  const { supporterConfirmTemplate } = templates;
  if (supporterConfirmTemplate !== undefined) {
    await client.call(
      `mutation ($org: String!, $template: String) {
         updateOrgProcessing(name: $org, supporterConfirmTemplate: $template) { name } }`,
      { org, template: supporterConfirmTemplate },
    );
  }
  await client.call(
    `mutation ($org: String!, $from: String!) {
       upsertService(orgName: $org, input: { name: PREVIEW }) { id }
       updateOrgProcessing(name: $org, emailBackend: PREVIEW, emailFrom: $from) { name } }`,
    { org, from: `office@${org}.localhost` },
  );
}

async function ensureOrg(owner: GraphqlClient): Promise<void> {
  try {
    await owner.call(`mutation ($input: OrgInput!) { addOrg(input: $input) { name } }`, {
      input: { name: demoNames.org, title: 'Green Org', contactSchema: 'BASIC' },
    });
  } catch (error) {
    // A second seed of the same database finds it there; anything else is for the caller.
    if (!(error instanceof Error) || !error.message.includes('has already been taken')) throw error;
  }
}

/** A key whose private half lies in `keyFile`: the server keeps the public half only. */
async function ensureKey(owner: GraphqlClient, keys: OrgAnswer['org']['keys'], keyFile: string): Promise<void> {
  const store = readKeyStore(keyFile);
  if (keys.some((key) => key.active && store[key.public])) return;
  const { generateKey } = await owner.call<{ generateKey: { id: number; public: string; private: string } }>(
    `mutation ($org: String!) { generateKey(orgName: $org, input: { name: "demo" }) { id public private } }`,
    { org: demoNames.org },
  );
  mkdirSync(dirname(keyFile), { recursive: true });
  const next: KeyStore = { ...store, [generateKey.public]: { private: generateKey.private } };
  writeFileSync(keyFile, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  await owner.call(`mutation ($org: String!, $id: Int!) { activateKey(orgName: $org, id: $id) { status } }`, {
    org: demoNames.org,
    id: generateKey.id,
  });
}
