import type { MailMessageV1, MailMessageV2 } from './mail-message';
import { supporterMailLinks } from './supporter-mail-links';
import { supporterVariables, type MailStats } from './supporter-variables';
import { flattenVariables } from './template-variables';

const shared = {
  stage: 'deliver' as const,
  actionId: 42,
  orgId: 2,
  actionPage: { name: 'act.org/save', locale: 'fr_BE' },
  campaign: { name: 'save-it', title: 'Save it' },
  org: { name: 'greenorg', title: 'Green Org' },
  tracking: { source: 'x', medium: 'social', campaign: 'c', content: 'big-button é', location: 'https://a.org/é?' },
};
const action = { actionType: 'mail_share', createdAt: '2025-01-31T10:20:30Z', testing: false };
const given = '2025-01-31T10:20:31Z';
const version2 = (change: Partial<MailMessageV2> = {}): MailMessageV2 => ({
  ...shared,
  schema: 'proca:action:2',
  action: { ...action, customFields: {} },
  contact: { firstName: 'Jo', lastName: 'Doe', email: 'jo@a.org', contactRef: 'ref-_', dupeRank: 0, area: 'BE' },
  personalInfo: null,
  privacy: { optIn: true, givenAt: given, emailStatus: null, emailStatusChanged: null, withConsent: true },
  ...change,
});
const version1: MailMessageV1 = {
  ...shared,
  schema: 'proca:action:1',
  action: { ...action, fields: { my_field: 'v', empty: null } },
  contact: { ref: 'ref-_', firstName: null, email: 'jo@a.org' },
  privacy: { communication: false, givenAt: given },
};
const stats: MailStats = {
  supporterCount: 1200,
  byOrg: new Map([
    [2, 800],
    [3, 400],
  ]),
  byArea: new Map([['BE', 30]]),
  actionCount: new Map([
    ['mail_share', 5],
    ['register', 6],
  ]),
};
const confirmLinks = supporterMailLinks('https://act.org', { mail: 'confirm', actionId: 42, contactRef: 'ref-_' });
const thankYouLinks = supporterMailLinks('https://act.org', { mail: 'thank_you', actionId: 42, contactRef: 'ref-_' });
const withFields = (customFields: Record<string, unknown>, testing = false): MailMessageV2 =>
  version2({ action: { ...action, testing, customFields } });

const all = {
  ref: 'ref-_',
  firstName: 'Jo',
  lastName: 'Doe',
  email: 'jo@a.org',
  isDupe: false,
  org: { name: 'greenorg', title: 'Green Org' },
  campaign: {
    name: 'save-it',
    title: 'Save it',
    stats: {
      supporterCount: 1200,
      supporterCountByOrg: 800,
      supporterCountByArea: 30,
      actionCount: { mailShare: 5, register: 6 },
    },
  },
  actionPage: { name: 'act.org/save', locale: 'fr_BE' },
  actionId: 42,
  actionType: 'mail_share',
  isActionType: { mailShare: true },
  createdAt: '2025-01-31 10:20:30Z',
  tracking: {
    ...shared.tracking,
    encodedLocation: 'https%3A%2F%2Fa.org%2F%C3%A9%3F',
    encodedContent: 'big-button%20%C3%A9',
  },
  variant: { big_button: true },
  privacy: { optIn: true, givenAt: given, emailStatus: null, emailStatusChanged: null, withConsent: true },
  fields: {},
  ...confirmLinks,
  test: false,
};

describe('variables of supporter mails', () => {
  it('are all of the table, and nothing else', () => {
    expect(supporterVariables(version2(), stats, confirmLinks)).toEqual(all);
  });

  it('are the same of version 1, as far as it tells', () => {
    expect(supporterVariables(version1, stats, confirmLinks)).toEqual({
      ...all,
      firstName: '',
      lastName: '',
      campaign: { ...all.campaign, stats: { ...all.campaign.stats, supporterCountByArea: 0 } },
      privacy: { communication: false, givenAt: given },
      myField: 'v',
      fields: { myField: 'v', empty: null },
    });
  });

  it('have no privacy where version 1 has none', () => {
    const message = { ...version1, privacy: null };
    expect(supporterVariables(message, null, thankYouLinks)['privacy']).toEqual({ communication: null, givenAt: null });
  });

  it('tell a duplicate, and no last name of an encrypted contact', () => {
    const contact = { ...version2().contact, dupeRank: 2 };
    expect(supporterVariables(version2({ contact, personalInfo: {} }), stats, confirmLinks)).toMatchObject({
      isDupe: true,
      lastName: '',
    });
  });

  it('count 0 what is not counted', () => {
    const counted = (given: MailStats | null, message = version2()) =>
      supporterVariables(message, given, confirmLinks)['campaign'];
    const zero = { supporterCount: 0, supporterCountByOrg: 0, supporterCountByArea: 0, actionCount: {} };
    expect(counted(null)).toMatchObject({ stats: zero });
    const contact = { ...version2().contact, area: null };
    expect(counted(stats, version2({ orgId: 9, contact }))).toMatchObject({
      stats: { supporterCount: 1200, supporterCountByOrg: 0, supporterCountByArea: 0 },
    });
  });

  it('have no source where the action has none', () => {
    const variables = supporterVariables(version2({ tracking: null }), stats, confirmLinks);
    expect(variables['variant']).toEqual({});
    expect(variables['tracking']).toEqual({
      source: null,
      medium: null,
      campaign: null,
      content: null,
      location: null,
    });
  });

  it('have no reject link where there is nothing to reject', () => {
    const variables = supporterVariables(version2(), stats, thankYouLinks);
    expect(variables).toMatchObject({ confirmLink: thankYouLinks.doiLink, doiLink: thankYouLinks.doiLink });
    expect(variables).not.toHaveProperty('rejectLink');
  });
});

describe('custom fields', () => {
  it('are at the top unless null, and all of them in fields', () => {
    const fields = { card_url: 'u', EPID: 'e', size: 0, no: false, gone: null, list: ['a'] };
    const named = { cardUrl: 'u', ePID: 'e', size: 0, no: false, list: ['a'] };
    const expected = { ...all, ...named, fields: { ...named, gone: null } };
    expect(supporterVariables(withFields(fields), stats, confirmLinks)).toEqual(expected);
  });

  const names = [...Object.keys(all), 'first_name', 'FirstName', 'confirm_link', 'reject_link', 'Reject_link', 'debug'];
  it.each(names)('never replace a built-in: %s', (name) => {
    const variables = supporterVariables(withFields({ [name]: 'forged' }), stats, thankYouLinks);
    const { rejectLink: _, ...builtIn } = { ...all, ...thankYouLinks };
    expect({ ...variables, fields: {} }).toEqual(builtIn);
    expect(Object.values(variables['fields'] as object)).toEqual(['forged']);
  });

  const flatNames = Object.keys(flattenVariables({ ...all, fields: {} }));
  it.each([...flatNames, 'org_name', 'reject_link', 'tracking_encoded_location', 'campaign_stats_supporter_count'])(
    'never replace a built-in once flattened: %s',
    (name) => {
      const flat = (fields: Record<string, unknown>) => {
        const variables = supporterVariables({ ...withFields(fields), tracking: null }, stats, thankYouLinks);
        return flattenVariables({ ...variables, fields: {} });
      };
      const forged = Object.entries(flat({ [name]: 'forged' })).filter(([, value]) => value === 'forged');
      // A name that only some mails have is free in the others.
      const isFree = !(name in flat({})) && /^variant/.test(name);
      expect(forged).toHaveLength(isFree ? 1 : 0);
    },
  );

  it('cannot reach the prototype', () => {
    const fields = JSON.parse('{"__proto__":{"polluted":"yes"},"constructor":"x"}') as Record<string, unknown>;
    const variables = supporterVariables(withFields(fields), stats, confirmLinks);
    expect(variables['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(variables['constructor']).toBe('x');
  });
});

describe('debug', () => {
  it('holds all variables of a testing action, and cannot be broken out of', () => {
    const { debug, ...variables } = supporterVariables(withFields({ x: '</pre><script>&' }, true), stats, confirmLinks);
    const [, json = ''] = /^<pre>([^<>&]*)<\/pre>$/s.exec(String(debug)) ?? [];
    expect(JSON.parse(json)).toEqual(variables);
    expect(variables['test']).toBe(true);
  });

  it('is missing otherwise', () => {
    expect(supporterVariables(withFields({ x: 1 }), stats, confirmLinks)).not.toHaveProperty('debug');
  });
});
