import type { MailMessage, MailMessageV1, MailMessageV2 } from './mail-message';
import {
  decideSupporterMail,
  messageMailFacts,
  type SupporterMailDecision,
  type SupporterMailFacts,
} from './supporter-mail';
import { supporterMailLinks } from './supporter-mail-links';

const delivered: SupporterMailFacts = {
  stage: 'deliver',
  isRepeat: false,
  withConsent: true,
  hasEmail: true,
  hasContactRecord: true,
  hasOptedIn: null,
  isCollector: true,
  isUnmailed: false,
  org: { hasEmailBackend: true, emailFrom: 'hi@green.org', doiThankYou: false },
  templates: {
    thankYou: 'thanks',
    duplicate: 'again',
    confirm: { page: 'of page', campaign: 'of campaign', org: 'of org' },
  },
};
const withTemplates = (change: Partial<SupporterMailFacts['templates']>) => ({
  templates: { ...delivered.templates, ...change },
});
const noConfirm = { confirm: { page: null, campaign: '', org: null } };
const withOrg = (change: Partial<SupporterMailFacts['org']>) => ({ org: { ...delivered.org, ...change } });
const none = (reason: string) => ({ mail: null, reason }) as SupporterMailDecision;
const thanks: SupporterMailDecision = { mail: 'thank_you', kind: 'thank_you', template: 'thanks' };
const duplicate: SupporterMailDecision = { mail: 'duplicate', kind: 'duplicate', template: 'again' };
const confirm = (template: string): SupporterMailDecision => ({ mail: 'confirm', kind: 'confirm', template });
const again: SupporterMailDecision = { mail: 'confirm', kind: 'confirm_again', template: 'of page' };
const asked = { stage: 'supporter_confirm' } as const;

describe('supporter mail', () => {
  it.each<[string, Partial<SupporterMailFacts>, SupporterMailDecision]>([
    ['delivered', {}, thanks],
    ['delivered, though without other templates', withTemplates({ duplicate: null, ...noConfirm }), thanks],
    ['delivered without thank-you template', withTemplates({ thankYou: null }), none('no thank-you template')],
    ['delivered with an empty template name', withTemplates({ thankYou: '' }), none('no thank-you template')],
    ['delivered without contact record', { hasContactRecord: false }, none('no contact record')],
    ['delivered, opt-in asked and given', { ...withOrg({ doiThankYou: true }), hasOptedIn: true }, thanks],
    [
      'delivered, opt-in asked and refused',
      { ...withOrg({ doiThankYou: true }), hasOptedIn: false },
      none('no communication consent'),
    ],
    [
      'delivered, opt-in never asked',
      { ...withOrg({ doiThankYou: true }), hasOptedIn: null },
      none('no communication consent'),
    ],
    ['delivered, opt-in refused but not needed', { hasOptedIn: false }, thanks],
    ['repeat', { isRepeat: true }, duplicate],
    [
      'repeat, without contact record and opt-in',
      { isRepeat: true, hasContactRecord: false, ...withOrg({ doiThankYou: true }) },
      duplicate,
    ],
    ['repeat without duplicate template', { isRepeat: true, ...withTemplates({ duplicate: null }) }, again],
    ['repeat with neither', { isRepeat: true, ...withTemplates({ duplicate: null, ...noConfirm }) }, thanks],
    [
      'repeat with no template at all',
      { isRepeat: true, ...withTemplates({ thankYou: null, duplicate: null, ...noConfirm }) },
      none('no thank-you template'),
    ],
    ['to confirm, template of the page', asked, confirm('of page')],
    [
      'to confirm, template of the campaign',
      { ...asked, ...withTemplates({ confirm: { ...delivered.templates.confirm, page: null } }) },
      confirm('of campaign'),
    ],
    [
      'to confirm, template of the org',
      { ...asked, ...withTemplates({ confirm: { page: null, campaign: '', org: 'of org' } }) },
      confirm('of org'),
    ],
    ['to confirm, no template', { ...asked, ...withTemplates(noConfirm) }, none('no confirm template')],
    [
      'to confirm without contact record and opt-in',
      { ...asked, hasContactRecord: false, ...withOrg({ doiThankYou: true }) },
      confirm('of page'),
    ],
    ['to be moderated', { stage: 'action_confirm' }, none('no mail at this stage')],
  ])('%s', (_case, change, expected) => {
    expect(decideSupporterMail({ ...delivered, ...change })).toEqual(expected);
  });

  it.each<[string, Partial<SupporterMailFacts>]>([
    ['not the collector', { isCollector: false }],
    ['equal repeat', { isUnmailed: true }],
    ['no consent', { withConsent: false }],
    ['no email', { hasEmail: false }],
    ['no email backend', withOrg({ hasEmailBackend: false })],
    ['no email_from', withOrg({ emailFrom: null })],
    ['no email_from', withOrg({ emailFrom: '' })],
  ])('%s: nothing, whatever the stage', (reason, change) => {
    const stages = [{}, { isRepeat: true }, asked, { stage: 'action_confirm' } as const];
    for (const stage of stages) {
      expect(decideSupporterMail({ ...delivered, ...stage, ...change })).toEqual(none(reason));
    }
  });
});

const shared = {
  stage: 'deliver' as const,
  actionId: 1,
  orgId: 2,
  actionPage: { name: 'p', locale: 'en' },
  campaign: { name: 'c', title: 'C' },
  org: { name: 'o', title: 'O' },
  tracking: null,
};
const action = { actionType: 'register', createdAt: '2025-01-31T10:20:30Z', testing: true };
const version2 = (
  privacy: Partial<MailMessageV2['privacy']>,
  email: string | null = 'a@b.org',
  repeat?: boolean,
): MailMessage => ({
  ...shared,
  schema: 'proca:action:2',
  action: { ...action, repeat, customFields: {} },
  contact: { firstName: 'A', email, contactRef: 'r', dupeRank: 0, area: null },
  personalInfo: null,
  privacy: { emailStatus: null, emailStatusChanged: null, withConsent: true, ...privacy },
});
const version1 = (privacy: MailMessageV1['privacy'], change: Partial<MailMessageV1> = {}): MailMessage => ({
  ...shared,
  schema: 'proca:action:1',
  action: { ...action, fields: {} },
  contact: { ref: 'r', firstName: 'A', email: 'a@b.org' },
  privacy,
  ...change,
});
const givenAt = '2025-01-31T10:20:30Z';
const facts = {
  stage: 'deliver',
  isRepeat: false,
  withConsent: true,
  hasEmail: true,
  hasContactRecord: true,
  hasOptedIn: null,
};

describe('facts of an action message', () => {
  it.each<[string, MailMessage, object]>([
    ['2, opt-in', version2({ optIn: true, givenAt }), { hasOptedIn: true }],
    ['2, not asked', version2({ optIn: null, givenAt }), {}],
    ['2, refused', version2({ optIn: false, givenAt }), { hasOptedIn: false }],
    ['2, without contact record', version2({ withConsent: false }), { withConsent: false, hasContactRecord: false }],
    ['2, email cleared', version2({ givenAt }, null), { hasEmail: false }],
    ['2, empty email', version2({ givenAt }, ''), { hasEmail: false }],
    ['2, repeat', version2({ givenAt }, 'a@b.org', true), { isRepeat: true }],
    ['1, opt-in', version1({ communication: true, givenAt }), { hasOptedIn: true }],
    ['1, not asked', version1({ communication: null, givenAt }), {}],
    ['1, without consent or record', version1(null), { withConsent: false, hasContactRecord: false }],
    [
      '1, to confirm without record',
      version1(null, { stage: 'supporter_confirm' }),
      { stage: 'supporter_confirm', hasContactRecord: false },
    ],
  ])('version %s', (_case, message, change) => {
    expect(messageMailFacts(message)).toEqual({ ...facts, ...change });
  });
});

describe('links of a supporter mail', () => {
  const links = (mail: 'thank_you' | 'duplicate' | 'confirm', isReminder?: boolean) =>
    supporterMailLinks('https://act.org', { mail, actionId: 5, contactRef: 'a-B_c', isReminder });
  const click = 'https://act.org/link/d/5/a-B_c';
  const accept = 'https://act.org/link/s/5/accept/a-B_c';
  const reject = 'https://act.org/link/s/5/reject/a-B_c';

  it('accept or reject where there is something to confirm', () => {
    expect(links('confirm')).toEqual({ confirmLink: accept, doiLink: accept, rejectLink: reject });
  });
  it('tell a reminder', () => {
    const [yes, no] = [`${accept}?reminder=1`, `${reject}?reminder=1`];
    expect(links('confirm', true)).toEqual({ confirmLink: yes, doiLink: yes, rejectLink: no });
  });
  it.each(['thank_you', 'duplicate'] as const)('opt in from a %s mail', (mail) => {
    expect(links(mail)).toEqual({ confirmLink: click, doiLink: click, rejectLink: null });
  });
});
