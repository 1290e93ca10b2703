import { cannotFinish, type ConfirmationSettings, type MissingSetting } from './cannot-finish';

const org: ConfirmationSettings['org'] = {
  supporterConfirm: false,
  supporterConfirmTemplate: null,
  customSupporterConfirm: false,
  customActionConfirm: false,
  hasEmailBackend: false,
  emailFrom: null,
};
const mailing = { ...org, hasEmailBackend: true, emailFrom: 'ngo@example.org' };
const campaign = { supporterConfirm: null, supporterConfirmTemplate: null, actionConfirm: null };
const template = { supporterConfirmTemplate: 'confirm' };

const table: [string, ConfirmationSettings, MissingSetting['missing'][]][] = [
  ['nothing to confirm', { org, campaign, page: null }, []],
  [
    'org confirms without anything',
    { org: { ...org, supporterConfirm: true }, campaign: null, page: null },
    ['emailBackend', 'emailFrom', 'supporterConfirmTemplate'],
  ],
  [
    'campaign confirms without anything',
    { org, campaign: { ...campaign, supporterConfirm: true }, page: null },
    ['emailBackend', 'emailFrom', 'supporterConfirmTemplate'],
  ],
  [
    'no email backend',
    { org: { ...mailing, ...template, supporterConfirm: true, hasEmailBackend: false }, campaign, page: null },
    ['emailBackend'],
  ],
  [
    'empty email from',
    { org: { ...mailing, ...template, supporterConfirm: true, emailFrom: '' }, campaign, page: null },
    ['emailFrom'],
  ],
  [
    'no template anywhere',
    { org: { ...mailing, supporterConfirm: true }, campaign, page: { supporterConfirmTemplate: null } },
    ['supporterConfirmTemplate'],
  ],
  ['template of the org', { org: { ...mailing, ...template, supporterConfirm: true }, campaign, page: null }, []],
  [
    'template of the campaign',
    { org: { ...mailing, supporterConfirm: true }, campaign: { ...campaign, ...template }, page: null },
    [],
  ],
  ['template of the page', { org: { ...mailing, supporterConfirm: true }, campaign, page: template }, []],
  ['custom queue', { org: { ...org, customSupporterConfirm: true }, campaign, page: null }, []],
  [
    'custom queue, asked for by the campaign',
    { org: { ...org, customSupporterConfirm: true }, campaign: { ...campaign, supporterConfirm: true }, page: null },
    [],
  ],
  [
    'switched off by the campaign',
    { org: { ...org, supporterConfirm: true }, campaign: { ...campaign, supporterConfirm: false }, page: null },
    [],
  ],
  [
    'action confirm of the campaign, which declares the queue',
    { org, campaign: { ...campaign, actionConfirm: true }, page: null },
    [],
  ],
  ['action confirm of the org', { org: { ...org, customActionConfirm: true }, campaign, page: null }, []],
];

describe('a configuration that cannot finish', () => {
  it.each(table)('%s', (_name, settings, missing) => {
    expect(cannotFinish(settings)).toEqual(missing.map((setting) => ({ flag: 'supporterConfirm', missing: setting })));
  });
});
