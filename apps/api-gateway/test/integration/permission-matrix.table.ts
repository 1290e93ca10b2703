import { roleMask } from '@groundswell/domain';
import type { Cell } from './permission-matrix.world';

/** What a caller gets. */
export const outcomes = {
  /** Not refused: data, or what the row says those get who may. */
  y: null,
  /** Signed in, but without the permission. */
  d: { code: 'permission_denied', message: 'You do not have the required permission' },
  /** Anonymous where a permission is needed. */
  t: { code: 'permission_denied', message: 'User is not a member of team responsible for resource' },
  /** In the org, but not entitled to what a confirm does. */
  c: { code: 'permission_denied', message: 'User does not have sufficient permissions' },
  /** Gives a role above the own one. */
  r: { code: 'permission_denied', message: 'User must have higher role' },
  /** Nobody of the org. */
  s: { code: 'unauthorized', message: 'User is not a member of organisation' },
  /** Anonymous where an account is needed. */
  a: { code: 'unauthorized', message: 'Authentication is required for this API call' },
  /** Changes somebody else without managing users. */
  u: { message: 'Only admin with manage_users permission can modify other users' },
} as const;

export interface Row {
  /** Field of the root type. */
  operation: string;
  /** Tells rows of the same operation apart. */
  about?: string;
  /** One letter for anonymous, stranger, translator, coordinator, campaigner, owner, admin. */
  expected: string;
  /** Names in `extensions.required` of a refusal. */
  required?: string[];
  /** The error that those get who may; nothing when they get data. */
  granted?: string;
  document(cell: Cell): string | Promise<string>;
}

export const staffRefusal = (permission: string, expected: string) => ({ expected, required: [permission] });
export const campaigns = staffRefusal('manage_campaigns', 't d d d y y y');
const pages = staffRefusal('manage_action_pages', 't d d d y y y');
const settings = staffRefusal('change_org_settings', 't d d d y y y');
export const services = staffRefusal('change_org_services', 't d d d y y y');
const keys = { expected: 't d d d y y y', required: ['change_org_settings', 'export_contacts'] };
const campaignChange = { expected: 't d y y y y y', required: ['manage_campaigns', 'change_campaign_settings'] };
const campaignSettings = staffRefusal('change_campaign_settings', 't d y y y y y');
export const exports = staffRefusal('export_contacts', 't d d d d y y');
/** With a reference of another form, which is looked at after the guard: erasing waits for action-ingest. */
const erasure = { ...staffRefusal('delete_contacts', 't d d d d y y'), granted: 'invalid contact_ref encoding' };
export const instanceAdmin = staffRefusal('instance_owner', 't d d d d d y');
export const everyone = { expected: 'y y y y y y y' };
const account = { expected: 'a y y y y y y' };
const noStripe = { ...everyone, granted: 'Action Page does not support Stripe' };

const ref = 'V9VLvL6KDalqwogkaXoc6CUBSTTqEePeOGFQCByC3FI';
const contact = 'contact: { firstName: "Harald", email: "harald@example.org" }';
const roles = (role: string, email: string): string => `{ email: "${email}", role: "${role}" }`;

/** graphql-api.md §4. */
export const queryRows: Row[] = [
  { operation: 'campaigns', ...everyone, document: ({ campaign }) => `{ campaigns(id: ${campaign.id}) { id } }` },
  { operation: 'campaign', ...everyone, document: ({ campaign }) => `{ campaign(id: ${campaign.id}) { id } }` },
  { operation: 'actionPage', ...everyone, document: ({ page }) => `{ actionPage(id: ${page.id}) { id } }` },
  {
    operation: 'exportActions',
    ...exports,
    document: ({ org }) => `{ exportActions(orgName: "${org.name}") { actionId } }`,
  },
  { operation: 'actions', ...exports, document: ({ org }) => `{ actions(orgName: "${org.name}") { actionId } }` },
  { operation: 'contacts', ...exports, document: ({ org }) => `{ contacts(orgName: "${org.name}") { actionId } }` },
  { operation: 'currentUser', ...account, document: () => '{ currentUser { id } }' },
  { operation: 'users', ...staffRefusal('manage_users', 't d d d d d y'), document: () => '{ users { id } }' },
  { operation: 'org', expected: 's s y y y y y', document: ({ org }) => `{ org(name: "${org.name}") { id } }` },
  { operation: 'application', ...instanceAdmin, document: () => '{ application { version } }' },
  {
    operation: 'exportContact',
    ...exports,
    document: ({ org }) => `{ exportContact(orgName: "${org.name}", contactRef: "${ref}") }`,
  },
];

/** graphql-api.md §5.1, §5.2, §5.9. */
export const campaignRows: Row[] = [
  {
    operation: 'upsertCampaign',
    ...campaigns,
    document: ({ org }) => `mutation { upsertCampaign(orgName: "${org.name}", input: { name: "${org.name}" }) { id } }`,
  },
  {
    operation: 'addCampaign',
    ...campaigns,
    document: ({ org }) =>
      `mutation { addCampaign(orgName: "${org.name}", input: { name: "${org.name}2", title: "T" }) { id } }`,
  },
  {
    operation: 'updateCampaign',
    ...campaignChange,
    document: ({ campaign }) => `mutation { updateCampaign(id: ${campaign.id}, input: { title: "T" }) { id } }`,
  },
  {
    operation: 'updateCampaignProcessing',
    ...campaignSettings,
    document: ({ campaign }) => `mutation { updateCampaignProcessing(name: "${campaign.name}") { id } }`,
  },
  {
    operation: 'deleteCampaign',
    ...campaigns,
    granted: 'has action pages',
    document: ({ campaign }) => `mutation { deleteCampaign(id: ${campaign.id}) }`,
  },
  {
    operation: 'updateActionPage',
    ...pages,
    document: ({ page }) => `mutation { updateActionPage(id: ${page.id}, input: { locale: "de" }) { id } }`,
  },
  {
    operation: 'copyActionPage',
    ...pages,
    document: ({ org, page }) =>
      `mutation { copyActionPage(orgName: "${org.name}", name: "${page.name}/2", fromName: "${page.name}") { id } }`,
  },
  {
    operation: 'copyCampaignActionPage',
    ...pages,
    document: ({ org, page, campaign }) => `mutation { copyCampaignActionPage(
      orgName: "${org.name}", name: "${page.name}/2", fromCampaignName: "${campaign.name}") { id } }`,
  },
  {
    operation: 'addActionPage',
    ...pages,
    document: ({ org, page, campaign }) => `mutation { addActionPage(orgName: "${org.name}",
      campaignName: "${campaign.name}", input: { name: "${page.name}/2", locale: "en" }) { id } }`,
  },
  {
    operation: 'launchActionPage',
    ...pages,
    document: ({ page }) => `mutation { launchActionPage(name: "${page.name}") { status } }`,
  },
  {
    operation: 'launchActionPage',
    about: 'of a partner, by the lead',
    ...pages,
    expected: 't d d d d d y',
    document: ({ partnerPage }) => `mutation { launchActionPage(name: "${partnerPage.name}") { status } }`,
  },
  {
    operation: 'deleteActionPage',
    ...pages,
    document: ({ page }) => `mutation { deleteActionPage(id: ${page.id}) }`,
  },
  {
    operation: 'pauseMtt',
    ...campaignChange,
    document: ({ campaign }) => `mutation { pauseMtt(campaignId: ${campaign.id}) { id } }`,
  },
  {
    operation: 'resumeMtt',
    ...campaignChange,
    document: ({ campaign }) => `mutation { resumeMtt(campaignId: ${campaign.id}) { id } }`,
  },
  {
    operation: 'upsertTargets',
    ...campaignSettings,
    document: ({ campaign }) => `mutation { upsertTargets(campaignId: ${campaign.id},
      targets: [{ externalId: "${campaign.name}", name: "T", emails: [] }]) { id } }`,
  },
  {
    operation: 'invitePartner',
    ...pages,
    document: ({ page }) => `mutation { invitePartner(name: "${page.name}", email: "p@example.org") { code } }`,
  },
  {
    operation: 'requestJoinCampaign',
    ...pages,
    document: ({ org, campaign }) =>
      `mutation { requestJoinCampaign(orgName: "${org.name}", campaignName: "${campaign.name}") }`,
  },
];

/** graphql-api.md §5.3, §5.7 (Stripe), §11. */
export const actionRows: Row[] = [
  {
    operation: 'addAction',
    ...everyone,
    document: ({ page }) =>
      `mutation { addAction(actionPageId: ${page.id}, action: { actionType: "share" }, contactRef: "${ref}") { contactRef } }`,
  },
  {
    operation: 'addActionContact',
    ...everyone,
    document: ({ page }) => `mutation { addActionContact(actionPageId: ${page.id}, action: { actionType: "petition" },
      ${contact}, privacy: { optIn: true }) { contactRef } }`,
  },
  {
    operation: 'linkActions',
    ...everyone,
    document: ({ page }) =>
      `mutation { linkActions(actionPageId: ${page.id}, contactRef: "${ref}", linkRefs: []) { contactRef } }`,
  },
  {
    operation: 'requeueActions',
    ...exports,
    document: ({ org }) =>
      `mutation { requeueActions(orgName: "${org.name}", ids: [], queue: CUSTOM_ACTION_DELIVER) { count } }`,
  },
  {
    operation: 'decideAction',
    expected: 's s y y y y s',
    document: async (cell) => `mutation { decideAction(
      orgName: "${cell.org.name}", actionId: ${await cell.world.addAction(cell)}, accept: true) }`,
  },
  {
    operation: 'addStripePaymentIntent',
    ...noStripe,
    document: ({ page }) =>
      `mutation { addStripePaymentIntent(actionPageId: ${page.id}, input: { amount: 100, currency: "EUR" }) }`,
  },
  {
    operation: 'addStripeSubscription',
    ...noStripe,
    document: ({ page }) => `mutation { addStripeSubscription(
      actionPageId: ${page.id}, input: { amount: 100, currency: "EUR", frequencyUnit: MONTHLY }) }`,
  },
  {
    operation: 'addStripeObject',
    ...noStripe,
    document: ({ page }) => `mutation { addStripeObject(actionPageId: ${page.id}, customer: "{}") }`,
  },
  {
    operation: 'deleteContact',
    ...erasure,
    document: ({ org }) => `mutation { deleteContact(orgName: "${org.name}", contactRef: "?") }`,
  },
  {
    operation: 'eraseContact',
    ...erasure,
    document: ({ org }) => `mutation { eraseContact(orgName: "${org.name}", contactRef: "?") { id } }`,
  },
];

/** graphql-api.md §5.4, §5.8. */
export const userRows: Row[] = [
  {
    operation: 'addOrgUser',
    ...settings,
    document: ({ org, outsider }) =>
      `mutation { addOrgUser(orgName: "${org.name}", input: ${roles('coordinator', outsider)}) { status } }`,
  },
  ...(
    [
      ['owner', 't d r d r y y'],
      ['campaigner', 't d r d y y y'],
      ['translator', 't d y d y y y'],
      ['coordinator', 't d y d y y y'],
    ] as const
  ).map(([role, expected]): Row => ({
    operation: 'inviteOrgUser',
    about: `as ${role}`,
    expected,
    document: ({ org, outsider }) =>
      `mutation { inviteOrgUser(orgName: "${org.name}", input: ${roles(role, outsider)}) { code } }`,
  })),
  {
    operation: 'updateOrgUser',
    ...settings,
    document: ({ org, member }) =>
      `mutation { updateOrgUser(orgName: "${org.name}", input: ${roles('translator', member)}) { status } }`,
  },
  {
    operation: 'deleteOrgUser',
    ...settings,
    document: ({ org, member }) => `mutation { deleteOrgUser(orgName: "${org.name}", email: "${member}") { status } }`,
  },
  { operation: 'updateUser', ...account, document: () => 'mutation { updateUser(input: { phone: "+48 1" }) { id } }' },
  {
    operation: 'updateUser',
    about: 'of another',
    expected: 'a u u u u u y',
    document: ({ member }) => `mutation { updateUser(email: "${member}", input: { phone: "+48 1" }) { id } }`,
  },
  { operation: 'resetApiToken', ...account, document: () => 'mutation { resetApiToken }' },
  {
    operation: 'acceptOrgConfirm',
    expected: 's s c c y y s',
    required: ['manage_campaigns'],
    document: async ({ org, campaign, partnerPage, world }) => {
      const code = await world.addConfirm('launch_page', { subject_id: campaign.id, object_id: partnerPage.id });
      return `mutation { acceptOrgConfirm(name: "${org.name}",
        confirm: { code: "${code}", objectId: ${partnerPage.id} }) { status } }`;
    },
  },
  {
    operation: 'rejectOrgConfirm',
    expected: 's s c c y y s',
    required: ['manage_campaigns'],
    document: async ({ org, campaign, partnerPage, world }) => {
      const code = await world.addConfirm('launch_page', { subject_id: campaign.id, object_id: partnerPage.id });
      return `mutation { rejectOrgConfirm(name: "${org.name}",
        confirm: { code: "${code}", objectId: ${partnerPage.id} }) { status } }`;
    },
  },
  ...['acceptUserConfirm', 'rejectUserConfirm'].map((operation): Row => ({
    operation,
    ...account,
    document: async ({ user, partner, world }) => {
      const email = user?.email ?? 'nobody@example.org';
      const code = await world.addConfirm('add_staffer', {
        subject_id: partner.id,
        object_id: roleMask.coordinator,
        email,
      });
      return `mutation { ${operation}(confirm: { code: "${code}", email: "${email}" }) { status } }`;
    },
  })),
];

/** graphql-api.md §5.5, §5.7, §11. */
export const orgRows: Row[] = [
  {
    operation: 'addOrg',
    ...account,
    document: ({ org }) => `mutation { addOrg(input: { name: "${org.name}2", title: "T" }) { id } }`,
  },
  {
    operation: 'deleteOrg',
    ...staffRefusal('org_owner', 't d d d d y y'),
    granted: 'has action pages',
    document: ({ org }) => `mutation { deleteOrg(name: "${org.name}") }`,
  },
  {
    operation: 'updateOrg',
    ...settings,
    document: ({ org }) => `mutation { updateOrg(name: "${org.name}", input: { title: "T" }) { id } }`,
  },
  {
    operation: 'updateOrgProcessing',
    ...settings,
    document: ({ org }) => `mutation { updateOrgProcessing(name: "${org.name}", doiThankYou: true) { id } }`,
  },
  {
    operation: 'joinOrg',
    ...staffRefusal('join_orgs', 't d d d d d y'),
    document: ({ org }) => `mutation { joinOrg(name: "${org.name}") { status } }`,
  },
  {
    operation: 'generateKey',
    ...keys,
    document: ({ org }) => `mutation { generateKey(orgName: "${org.name}", input: { name: "k" }) { id } }`,
  },
  {
    operation: 'addKey',
    ...keys,
    document: ({ org }) => `mutation { addKey(orgName: "${org.name}",
      input: { name: "k", public: "W5Ak0zV7WyPCJT_0oyUyfSdOIkPXlOJ7YdJLgD6vYns" }) { id } }`,
  },
  {
    operation: 'activateKey',
    ...keys,
    document: async (cell) =>
      `mutation { activateKey(orgName: "${cell.org.name}", id: ${await cell.world.addKey(cell)}) { status } }`,
  },
  {
    operation: 'deactivateAllKeys',
    ...keys,
    document: ({ org }) => `mutation { deactivateAllKeys(orgName: "${org.name}") { status } }`,
  },
  {
    operation: 'upsertTemplate',
    ...campaignSettings,
    document: ({ org }) => `mutation { upsertTemplate(orgName: "${org.name}",
      input: { name: "t", locale: "en", subject: "S", html: "<p>hi</p>" }) }`,
  },
  {
    operation: 'upsertService',
    ...services,
    document: ({ org }) => `mutation { upsertService(orgName: "${org.name}", input: { name: SQS }) { id } }`,
  },
  {
    operation: 'rotateWebhook',
    ...services,
    granted: 'Cannot find service with 0',
    document: ({ org }) => `mutation { rotateWebhook(orgName: "${org.name}", id: 0) { id } }`,
  },
  {
    operation: 'resetTransactionalEmailBudget',
    ...services,
    document: ({ org }) => `mutation { resetTransactionalEmailBudget(orgName: "${org.name}") }`,
  },
];
