import { confirmMailVariables, isUserMail, requestTemplate, userMailVariables } from './request-variables';

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
