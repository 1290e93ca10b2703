import { normaliseBrevo } from './brevo';
import { readEvents } from './webhook-events';

const receivedAt = new Date('2026-03-01T12:00:00.000Z');
const origin = { serviceId: 6, receivedAt };
const seconds = 1_772_366_000;

const anEvent = (changes: Record<string, unknown> = {}) => ({
  event: 'delivered',
  email: 'Jane@Example.org',
  id: 26_224,
  date: '2026-03-01 12:53:20',
  ts: seconds + 5,
  'message-id': '<201798300811.5787683@relay.domain.com>',
  ts_event: seconds,
  subject: 'Thank you',
  tag: '["action:42","d:77"]',
  sending_ip: '185.41.28.109',
  ts_epoch: seconds * 1_000 + 123,
  template_id: 22,
  tags: ['action:42', 'd:77'],
  ...changes,
});
const normalised = (changes: Record<string, unknown> = {}) => normaliseBrevo(anEvent(changes), origin)[0]!;

/** email-and-mtt.md §4: Brevo's real names. */
it.each([
  ['request', 'accepted', null],
  ['delivered', 'delivered', null],
  ['deferred', 'other', null],
  ['soft_bounce', 'failed', 'temporary'],
  ['hard_bounce', 'failed', 'permanent'],
  ['invalid_email', 'failed', 'permanent'],
  ['blocked', 'blocked', null],
  ['spam', 'complained', null],
  ['unsubscribed', 'unsubscribed', null],
  ['error', 'other', null],
  ['opened', 'opened', null],
  ['unique_opened', 'opened', null],
  ['click', 'clicked', null],
  ['bounced', 'other', null],
])('takes %s as %s, %s', (event, type, severity) => {
  expect(normalised({ event })).toMatchObject({ type, severity, isMachine: false });
});

it.each(['proxy_open', 'unique_proxy_open'])('takes %s as opened by a machine', (event) => {
  expect(normalised({ event })).toMatchObject({ type: 'opened', isMachine: true });
});

it('reads whom it is about, and which mail of which account', () => {
  expect(normalised()).toMatchObject({
    provider: 'brevo',
    serviceId: 6,
    recipient: 'jane@example.org',
    deliveryId: 77,
    customId: 'action:42',
    providerMessageId: '201798300811.5787683@relay.domain.com',
    at: new Date(seconds * 1_000),
    error: null,
  });
});

it.each([
  [['mtt:9'], { customId: 'mtt:9', deliveryId: null }],
  [['user:a@b.c', 'd:5'], { customId: null, deliveryId: 5 }],
  [['newsletter', 'action:42'], { customId: null, deliveryId: null }],
  [['action:x', 'd:y', 7], { customId: null, deliveryId: null }],
  [[], { customId: null, deliveryId: null }],
  [undefined, { customId: null, deliveryId: null }],
])('reads tags %j', (tags, ids) => {
  expect(normalised({ tags })).toMatchObject(ids);
});

it('keeps why it failed, without the address', () => {
  const { error } = normalised({ event: 'hard_bounce', reason: '550 5.1.1 <jane@example.org> unknown' });
  expect(error).toEqual({ code: 0, enhancedCode: null, message: '550 5.1.1 <[REDACTED]> unknown' });
});

it('has the same id for the same event: `id` is that of the webhook', () => {
  const { id } = normalised();
  expect(normalised({ id: 1, ts: 5 }).id).toBe(id);
  expect(normalised({ event: 'opened' }).id).not.toBe(id);
  expect(normalised({ ts_event: seconds + 1 }).id).not.toBe(id);
});

it.each([
  [{ ts_event: undefined }, (seconds + 5) * 1_000],
  [{ ts_event: undefined, ts: undefined }, seconds * 1_000 + 123],
  [{ ts_event: 'x', ts: null, ts_epoch: 'y' }, receivedAt.getTime()],
])('finds the time with %j', (changes, ms) => {
  expect(normalised(changes).at.getTime()).toBe(ms);
});

it('takes a single object and a list', () => {
  expect(readEvents('brevo', anEvent(), origin)).toHaveLength(1);
  expect(readEvents('brevo', [anEvent(), anEvent({ event: 'click' })], origin)).toHaveLength(2);
});
