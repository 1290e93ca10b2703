import type { MailRequestV1 } from '@groundswell/contracts';
import { requestDraft } from './request-draft';

const request: MailRequestV1 = {
  schema: 'groundswell:mail:1',
  purpose: 'rule:3:17:0:5',
  kind: 'rule_alert',
  to: { email: 'owner@example.org' },
  locale: null,
  data: {
    email: 'owner@example.org',
    rule: { id: 3, name: 'Rejected' },
    count: 1,
    items: [{ text: 'actionId 7' }],
    secret: 1,
  },
};

it('is a mail of the instance org, or of the one that is named', () => {
  expect(requestDraft(request, 1)).toMatchObject({ orgId: 1, kind: 'rule_alert', template: 'rule_alert' });
  expect(requestDraft({ ...request, orgId: 11 }, 1)).toMatchObject({ orgId: 11 });
});

it('shows its template what its kind has', () => {
  const { variables } = requestDraft(request, 1);
  expect(variables).toMatchObject({ rule: { id: 3, name: 'Rejected' }, items: [{ text: 'actionId 7' }] });
  expect(variables).not.toHaveProperty('secret');
  expect(requestDraft({ ...request, kind: 'user_reset', data: { url: 'https://a.org/x' } }, 1)).toMatchObject({
    template: 'user_reset_password',
    variables: { confirmLink: 'https://a.org/x' },
  });
});
