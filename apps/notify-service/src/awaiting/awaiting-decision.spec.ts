import { emailStatusCode } from '@groundswell/domain';
import type { Candidate } from '../mailouts/mailout';
import { decideAwaiting } from './awaiting-decision';

const person = { actionId: 1, isErased: false, emailStatus: 0, hasConsent: true, email: 'harald@example.org' };
const optedIn = { ...person, emailStatus: emailStatusCode('double_opt_in') };
const kept = { isExpired: false, mailoutState: 'sending' };
const decide = (message: Partial<typeof kept>, who: object | null, isOptInRequired = true) =>
  decideAwaiting({ ...kept, ...message }, who as Candidate | null, { isOptInRequired });

it.each([
  ['keeps what nobody opted in for', {}, person, true, 'keep'],
  ['releases to who opted in', {}, optedIn, true, { end: 'released', reason: null }],
  ['releases where the org no longer asks for it', {}, person, false, { end: 'released', reason: null }],
  ['keeps what was paused', { mailoutState: 'paused' }, optedIn, true, 'keep'],
  ['keeps it while the audience is being built', { mailoutState: 'building' }, optedIn, true, 'keep'],
  ['cancels what was stopped', { mailoutState: 'stopped' }, optedIn, true, { end: 'canceled', reason: 'stopped' }],
  ['lets it expire', { isExpired: true }, person, true, { end: 'expired', reason: 'not opted in' }],
  [
    'lets it expire though somebody opts in that late',
    { isExpired: true },
    optedIn,
    true,
    { end: 'expired', reason: 'not opted in' },
  ],
  ['drops it of who is no supporter any more', {}, null, true, { end: 'dropped', reason: 'no longer a supporter' }],
])('%s', (_, message, who, isRequired, expected) => {
  expect(decide(message, who, isRequired)).toEqual(expected);
});

it.each([
  ['unsub', 'unsubscribed'],
  ['bounce', 'bounced'],
  ['spam', 'complained'],
] as const)('drops it after %s', (status, reason) => {
  expect(decide({}, { ...person, emailStatus: emailStatusCode(status) })).toEqual({ end: 'dropped', reason });
});
