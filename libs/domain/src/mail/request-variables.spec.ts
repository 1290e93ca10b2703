import {
  confirmMailVariables,
  isUserMail,
  requestTemplate,
  requestVariables,
  userMailVariables,
} from './request-variables';

const confirm = {
  operation: 'add_staffer',
  email: 'jo@a.org',
  message: 'Hi',
  subjectId: 1,
  objectId: 2,
  code: '123',
  creator: { email: 'me@a.org', jobTitle: 'Boss' },
  acceptLink: 'https://act.org/link/accept/123',
  rejectLink: 'https://act.org/link/reject/123',
};
const twitter = { name: 'N', screenName: 'n', picture: 'p', description: 'd', url: 'u', followersCount: 3 };

describe('variables of confirm mails', () => {
  it('are those of the table', () => {
    const org = { name: 'o', title: 'O', twitter };
    const campaign = { name: 'c', title: 'C' };
    const actionPage = { id: 5, name: 'p', locale: 'en' };
    const data = { orgId: 9, ...confirm, org: { ...org, config: {} }, campaign: { ...campaign, id: 4 }, actionPage };
    expect(confirmMailVariables(data)).toEqual({ ...confirm, org, campaign, actionPage });
  });

  it('print nothing where nothing is known', () => {
    const nothing = Object.fromEntries(Object.keys(confirm).map((name) => [name, '']));
    const noTwitter = Object.fromEntries(Object.keys(twitter).map((name) => [name, '']));
    expect(confirmMailVariables({ message: null, creator: null, org: { name: 'o', title: null } })).toEqual({
      ...nothing,
      creator: { email: '', jobTitle: '' },
      org: { name: 'o', title: '', twitter: noTwitter },
    });
  });
});

it('mails about rules see what fired, figures and names, and nothing else', () => {
  const data = {
    email: 'jo@a.org',
    rule: { id: 3, name: 'Rejected', trigger: 'action_rejected', what: 'rejected action', secret: 1 },
    org: { name: 'o', title: 'O', config: {} },
    count: 1,
    more: 0,
    items: [{ text: 'actionId 7', actionId: 7, testing: false, contact: { email: 'x@a.org' } }, 'text', null],
    other: 1,
  };
  expect(requestVariables('rule_alert', data)).toEqual({
    email: 'jo@a.org',
    link: '',
    since: '',
    count: 1,
    more: '',
    rule: { id: 3, name: 'Rejected', trigger: 'action_rejected', what: 'rejected action' },
    org: { name: 'o', title: 'O' },
    items: [{ text: 'actionId 7', actionId: 7, testing: false }],
    campaigns: [],
  });
  expect(requestVariables('user_reset', { url: 'https://a.org/x' })).toEqual({ confirmLink: 'https://a.org/x' });
  expect(requestVariables('add_staffer', confirm)).toEqual(confirmMailVariables(confirm));
});

describe('user mails', () => {
  it('see the link alone', () => {
    expect(userMailVariables({ url: 'https://a.org/x', other: 1 })).toEqual({ confirmLink: 'https://a.org/x' });
    expect(userMailVariables({})).toEqual({ confirmLink: '' });
  });

  it.each([
    ['user_confirm', 'user_confirm_email', true],
    ['user_reset', 'user_reset_password', true],
    ['user_change_email', 'user_change_email', true],
    ['launch_page', 'launch_page', false],
    ['constructor', 'constructor', false],
  ])('%s has template %s', (kind, template, isUser) => {
    expect([requestTemplate(kind), isUserMail(kind)]).toEqual([template, isUser]);
  });
});
