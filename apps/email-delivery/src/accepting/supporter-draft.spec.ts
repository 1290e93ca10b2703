import { stageMessageId, reminderMessageId, requeuedMessageId, type ActionMessageV2 } from '@groundswell/contracts';
import type { CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import { supporterDraft, type Known } from './supporter-draft';

const [orgId, campaignId, pageId, actionId] = [1, 10, 100, 41];
const contactRef = Buffer.alloc(32, 7).toString('base64url');

const templates = { page: 'page asks', campaign: 'campaign asks', org: 'org asks' };
const catalogueWith = (asked: Partial<typeof templates> = templates): Known => {
  const org: Partial<CatalogueOrg> = {
    id: orgId,
    emailBackendId: 5,
    emailFrom: 'office@example.org',
    doiThankYou: false,
    supporterConfirmTemplate: asked.org ?? null,
  };
  const campaign: Partial<CatalogueCampaign> = { id: campaignId, supporterConfirmTemplate: asked.campaign ?? null };
  const page: Partial<CataloguePage> = {
    id: pageId,
    orgId,
    campaignId,
    locale: 'pl',
    thankYouTemplate: 'thanks',
    duplicateTemplate: null,
    supporterConfirmTemplate: asked.page ?? null,
  };
  const tableOf = <Row extends { id: number }>(row: Partial<Row>) => ({
    get: (id: number) => (id === row.id ? row : undefined),
  });
  return { orgs: tableOf(org), campaigns: tableOf(campaign), pages: tableOf(page) } as unknown as Known;
};
const message: ActionMessageV2 = {
  schema: 'proca:action:2',
  stage: 'supporter_confirm',
  actionId,
  actionPageId: pageId,
  campaignId,
  orgId,
  action: { actionType: 'register', customFields: {}, createdAt: '2026-11-20T10:00:00Z', testing: false },
  actionPage: {
    locale: 'pl',
    name: 'act/now',
    thankYouTemplate: null,
    thankYouTemplateRef: null,
    supporterConfirmTemplate: null,
  },
  campaign: { name: 'river', title: 'Save the river', externalId: null, contactSchema: 'basic' },
  org: { name: 'green', title: 'Green' },
  contact: { firstName: 'Harald', email: 'harald@example.org', contactRef, dupeRank: 0, area: null },
  personalInfo: null,
  privacy: { emailStatus: null, emailStatusChanged: null, withConsent: true },
  tracking: null,
};
const asked = stageMessageId(actionId, 'supporter_confirm', orgId);
const draftOf = (messageId: string, catalogue = catalogueWith()) => {
  const outcome = supporterDraft(
    message,
    { orgId, headers: {}, messageId, trace: null },
    { catalogue, publicUrl: 'https://act.test' },
  );
  if (outcome.kind !== 'draft') throw new Error(outcome.kind);
  return outcome.draft;
};

describe('the mail a confirm message brings', () => {
  it.each([
    ['first', asked, 'confirm', 'supporter:confirm:41', ''],
    ['requeued by a person', requeuedMessageId(asked, 3), 'confirm', 'supporter:confirm:41:r3', ''],
    ['as reminder 2', reminderMessageId(asked, 2), 'reminder', 'supporter:reminder:41:n2', '?reminder=1'],
  ])('%s', (_name, messageId, kind, purpose, query) => {
    const draft = draftOf(messageId);
    expect(draft).toMatchObject({ kind, purpose, orgId, locale: 'pl', template: 'page asks', actionId });
    expect(draft.acceptedAt).toEqual(new Date('2026-11-20T10:00:00Z'));
    expect(draft.ref?.toString('base64url')).toBe(contactRef);
    expect(draft.variables).toMatchObject({
      confirmLink: `https://act.test/link/s/41/accept/${contactRef}${query}`,
      doiLink: `https://act.test/link/s/41/accept/${contactRef}${query}`,
      rejectLink: `https://act.test/link/s/41/reject/${contactRef}${query}`,
    });
  });

  it.each([
    [templates, 'page asks'],
    [{ campaign: 'campaign asks', org: 'org asks' }, 'campaign asks'],
    [{ org: 'org asks' }, 'org asks'],
  ])('of %j a reminder uses "%s"', (given, template) => {
    expect(draftOf(reminderMessageId(asked, 1), catalogueWith(given)).template).toBe(template);
  });
});
