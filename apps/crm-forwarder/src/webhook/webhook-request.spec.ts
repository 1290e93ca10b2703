import { Webhook } from 'standardwebhooks';
import type { OutgoingPush, PushEndpoint } from '../pushing/push-backend';
import { requestOf } from './webhook-request';

const endpoint: PushEndpoint = {
  serviceId: 1,
  orgId: 2,
  kind: 'webhook',
  host: 'https://crm.example/',
  user: '',
  password: '',
  path: null,
  signingSecrets: [],
};
const push: OutgoingPush = {
  id: '1',
  messageId: 'action:7:deliver:2',
  kind: 'action',
  body: '{"name":"Zoë 🌊"}',
  attemptedAt: new Date('2026-11-21T10:00:00.999Z'),
};
const headersOf = (changes: Partial<PushEndpoint>): Record<string, string> => {
  const request = requestOf({ ...endpoint, ...changes }, push);
  if ('fault' in request) throw new Error(request.fault);
  return request.headers;
};
const secretOf = (key: string) => `whsec_${Buffer.from(key.padEnd(24, '.')).toString('base64')}`;

it('names the message, its form and the time of the attempt', () => {
  expect(headersOf({})).toEqual({
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': 'action:7:deliver:2',
    'webhook-id': 'action:7:deliver:2',
    'webhook-timestamp': '1795255200',
  });
});

it.each([
  ['me', 'käy:1', `Basic ${Buffer.from('me:käy:1').toString('base64')}`],
  ['', 'Bearer abc', 'Bearer abc'],
  ['', 'verbatim', 'verbatim'],
  ['me', '', undefined],
  ['', '', undefined],
])('authorises %p and %p by %p', (user, password, expected) => {
  expect(headersOf({ user, password }).authorization).toBe(expected);
});

it('signs with every secret, newest first', () => {
  const secrets = [secretOf('new'), secretOf('old')];
  const signature = headersOf({ signingSecrets: secrets })['webhook-signature'];
  const one = (secret: string) => new Webhook(secret).sign(push.messageId, push.attemptedAt, push.body);
  expect(signature).toBe(`${one(secrets[0] ?? '')} ${one(secrets[1] ?? '')}`);
  expect(signature).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
});

it.each([
  ['a signing secret is not whsec_ and base64', { signingSecrets: ['whsec_not base64'] }],
  ['a signing secret is not whsec_ and base64', { signingSecrets: [secretOf('new'), ''] }],
  ['the password cannot be a header', { password: 'a\r\nx: y' }],
  ['the password cannot be a header', { password: 'ключ' }],
])('says that %s, and does not quote it', (fault, changes) => {
  expect(requestOf({ ...endpoint, ...changes }, push)).toEqual({ fault, ofEndpoint: true });
});

it.each(['', 'a b', 'a\nb', 'ä'])('blames the message for the id %j', (messageId) => {
  expect(requestOf(endpoint, { ...push, messageId })).toMatchObject({ ofEndpoint: false });
});
