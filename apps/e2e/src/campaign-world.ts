import { randomBytes } from 'node:crypto';
import type { ApiClient } from './api-client';
import type { TestFleet } from './test-fleet';

export interface TestOrg {
  id: number;
  name: string;
  owner: ApiClient;
  /** public → {private}, as the clients' key files. */
  keys: Record<string, { private: string }>;
}
export interface TestPage {
  id: number;
  campaignId: number;
}

export const unique = (prefix: string): string => `${prefix}${randomBytes(4).toString('hex')}`;

/** An org as its owner sets it up through the API. */
export async function anOrg(
  fleet: TestFleet,
  {
    withKey = true,
    processing = { customActionDeliver: true },
  }: { withKey?: boolean; processing?: Record<string, boolean> } = {},
): Promise<TestOrg> {
  const owner = await fleet.newUser();
  const name = unique('org');
  await owner.data('mutation ($input: OrgInput!) { addOrg(input: $input) { name } }', {
    input: { name, title: `Org ${name}` },
  });
  const { updateOrgProcessing } = await owner.data<{ updateOrgProcessing: { id: number } }>(
    `mutation ($name: String!, $deliver: Boolean, $supporter: Boolean, $action: Boolean, $event: Boolean) {
       updateOrgProcessing(name: $name, customActionDeliver: $deliver, customSupporterConfirm: $supporter,
         customActionConfirm: $action, customEventDeliver: $event) { id } }`,
    {
      name,
      deliver: processing['customActionDeliver'] ?? true,
      supporter: processing['customSupporterConfirm'] ?? false,
      action: processing['customActionConfirm'] ?? false,
      event: processing['customEventDeliver'] ?? false,
    },
  );
  const org: TestOrg = { id: updateOrgProcessing.id, name, owner, keys: {} };
  if (withKey) await addKey(org);
  return org;
}

export async function addKey(org: TestOrg): Promise<void> {
  const { generateKey } = await org.owner.data<{ generateKey: { id: number; public: string; private: string } }>(
    'mutation ($org: String!) { generateKey(orgName: $org, input: { name: "test" }) { id public private } }',
    { org: org.name },
  );
  org.keys[generateKey.public] = { private: generateKey.private };
  await org.owner.data('mutation ($org: String!, $id: Int!) { activateKey(orgName: $org, id: $id) { status } }', {
    org: org.name,
    id: generateKey.id,
  });
}

export async function aCampaign(
  lead: TestOrg,
  input: Record<string, unknown> = {},
): Promise<{ id: number; name: string }> {
  const { addCampaign } = await lead.owner.data<{ addCampaign: { id: number; name: string } }>(
    'mutation ($org: String!, $input: CampaignInput!) { addCampaign(orgName: $org, input: $input) { id name } }',
    { org: lead.name, input: { name: unique('campaign'), title: 'A campaign', ...input } },
  );
  return addCampaign;
}

export async function aPage(
  org: TestOrg,
  campaign: { id: number; name: string },
  input: Record<string, unknown> = {},
): Promise<TestPage> {
  const { addActionPage } = await org.owner.data<{ addActionPage: { id: number } }>(
    'mutation ($org: String!, $campaign: String!, $input: ActionPageInput!) { addActionPage(orgName: $org, campaignName: $campaign, input: $input) { id } }',
    {
      org: org.name,
      campaign: campaign.name,
      input: { name: `${org.name}/${unique('page')}`, locale: 'en', ...input },
    },
  );
  return { id: addActionPage.id, campaignId: campaign.id };
}

export const signMutation = `
  mutation addActionContact($actionPage: Int!, $action: ActionInput!, $contact: ContactInput!, $privacy: ConsentInput!,
                            $tracking: TrackingInput, $contactRef: ID) {
    addActionContact(actionPageId: $actionPage, action: $action, contact: $contact, privacy: $privacy,
                     tracking: $tracking, contactRef: $contactRef) { contactRef firstName }
  }`;

export const actMutation = `
  mutation addAction($actionPage: Int!, $action: ActionInput!, $contactRef: ID!, $tracking: TrackingInput) {
    addAction(actionPageId: $actionPage, action: $action, contactRef: $contactRef, tracking: $tracking) { contactRef }
  }`;

export const newEmail = (): string => `${unique('person')}@example.org`;

/** Variables of a widget's signature. */
export const aSignature = (page: { id: number }, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  actionPage: page.id,
  action: { actionType: 'register', customFields: JSON.stringify({ comment: 'please' }) },
  contact: {
    firstName: 'Harald',
    lastName: 'Bower',
    email: newEmail(),
    phone: '',
    address: { country: 'pl', postcode: '02-123' },
  },
  privacy: { optIn: true },
  tracking: { source: 'mail', medium: 'news', campaign: '', location: 'https://act.example.org/river' },
  ...change,
});
