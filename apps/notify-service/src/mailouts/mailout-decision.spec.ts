import { emailStatusCode, type EmailStatus } from '@groundswell/domain';
import { decideMailout } from './mailout-decision';

const person = { isErased: false, emailStatus: 0, hasConsent: true, email: 'harald@example.org' };
const decided = (change: Partial<typeof person>, isOptInRequired = false) => {
  const decision = decideMailout({ ...person, ...change }, { isOptInRequired });
  return decision.kind === 'left out' ? decision.reason : decision.kind;
};

it.each<[EmailStatus, string, string]>([
  ['none', 'recipient', 'awaiting opt-in'],
  ['active', 'recipient', 'awaiting opt-in'],
  ['double_opt_in', 'recipient', 'recipient'],
  ['bounce', 'bounced', 'bounced'],
  ['blocked', 'bounced', 'bounced'],
  ['inactive', 'bounced', 'bounced'],
  ['spam', 'complained', 'complained'],
  ['unsub', 'unsubscribed', 'unsubscribed'],
])('whose email status is %s: %s, and where opt-in is required: %s', (status, plain, required) => {
  expect(decided({ emailStatus: emailStatusCode(status) })).toBe(plain);
  expect(decided({ emailStatus: emailStatusCode(status) }, true)).toBe(required);
});

it('goes to nobody without consent, without a known address, or erased', () => {
  expect(decided({ hasConsent: false })).toBe('no consent');
  expect(decided({ email: '' }, true)).toBe('no address');
  expect(decideMailout({ ...person, email: null }, { isOptInRequired: false })).toEqual({
    kind: 'left out',
    reason: 'no address',
  });
  expect(decided({ isErased: true, hasConsent: false })).toBe('erased');
});
