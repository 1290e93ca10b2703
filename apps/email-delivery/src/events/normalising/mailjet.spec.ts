import { normaliseMailjet } from './mailjet';
import { readEvents } from './webhook-events';
import { parseWebhook } from './webhook-json';

const receivedAt = new Date('2026-03-01T12:00:00.000Z');
const origin = { serviceId: 5, receivedAt };
const seconds = 1_772_366_000;

const anEvent = (changes: Record<string, unknown> = {}) => ({
  event: 'sent',
  time: seconds,
  MessageID: 19_421_777_835,
  Message_GUID: '1ab23cd4-e567-8901-2345-6789f0gh1i2j',
  email: 'Jane@Example.org ',
  mj_campaign_id: 7276,
  mj_contact_id: 320,
  customcampaign: '',
  CustomID: 'action:42',
  Payload: '{"d":77}',
  ...changes,
});
const normalised = (changes: Record<string, unknown> = {}) => normaliseMailjet(anEvent(changes), origin)[0]!;

/** email-and-mtt.md §4, first column; what each does to an action or a target follows from the type. */
it.each([
  ['bounce', { hard_bounce: true }, 'failed', 'permanent'],
  ['bounce', { hard_bounce: false }, 'failed', 'temporary'],
  ['bounce', {}, 'failed', 'temporary'],
  ['blocked', {}, 'blocked', null],
  ['spam', { source: 'JMRPP' }, 'complained', null],
  ['unsub', { mj_list_id: 1 }, 'unsubscribed', null],
  ['sent', { smtp_reply: 'sent (250 2.0.0 OK)' }, 'delivered', null],
  ['open', { ip: '127.0.0.1', agent: 'Mozilla/5.0' }, 'opened', null],
  ['click', { url: 'https://mailjet.com' }, 'clicked', null],
  ['something_new', {}, 'other', null],
])('takes %s with %j as %s, %s', (event, changes, type, severity) => {
  expect(normalised({ event, ...changes })).toMatchObject({ type, severity });
});

it('reads whom it is about, and which mail of which account', () => {
  expect(normalised()).toMatchObject({
    provider: 'mailjet',
    serviceId: 5,
    recipient: 'jane@example.org',
    deliveryId: 77,
    customId: 'action:42',
    providerMessageId: '19421777835',
    at: new Date(seconds * 1_000),
    error: null,
    isMachine: false,
    isSuppressed: false,
  });
});

it.each([
  [
    { error_related_to: 'recipient', error: 'user unknown', comment: 'no such box' },
    'recipient: user unknown: no such box',
  ],
  [{ error_related_to: '', error: 'user unknown' }, 'user unknown'],
  [{ error_related_to: 'domain', comment: '' }, 'domain'],
  [{ error: 'jane@example.org is unknown' }, '[REDACTED] is unknown'],
])('joins what is not empty of %j', (texts, message) => {
  expect(normalised({ event: 'bounce', ...texts }).error).toEqual({ code: 0, enhancedCode: null, message });
});

it('has no error where none is told, nor for what did not fail', () => {
  expect(normalised({ event: 'bounce' }).error).toBeNull();
  expect(normalised({ event: 'sent', error: 'x' }).error).toBeNull();
});

it('tells an address that Mailjet had blocked before', () => {
  expect(normalised({ event: 'blocked', error_related_to: 'mailjet', error: 'preblocked' }).isSuppressed).toBe(true);
  expect(normalised({ event: 'blocked', error: 'spam content' }).isSuppressed).toBe(false);
});

it.each([
  ['action:abc', null],
  ['mtt:', null],
  ['user:jane@example.org', null],
  ['42', null],
  [undefined, null],
  [7, null],
  ['action:42:extra', 'action:42'],
  ['mtt:9', 'mtt:9'],
])('reads CustomID %j as %j', (CustomID, customId) => {
  expect(normalised({ CustomID }).customId).toBe(customId);
});

it.each([
  ['{"d":"78"}', 78],
  ['{"d":-1}', null],
  ['{"d":1.5}', null],
  ['no json', null],
  ['[]', null],
  [undefined, null],
])('reads Payload %j as %j', (Payload, deliveryId) => {
  expect(normalised({ Payload }).deliveryId).toBe(deliveryId);
});

it('keeps a message id that no number holds', () => {
  const [read] = readEvents(
    'mailjet',
    parseWebhook(JSON.stringify(anEvent()).replace('19421777835', '1152921527117845641')),
    origin,
  );
  expect(read).toMatchObject({ events: [{ providerMessageId: '1152921527117845641' }] });
});

it('has the same id for the same event, and for no other', () => {
  const { id } = normalised();
  expect(normalised({ email: 'jane@example.org', mj_contact_id: 1 }).id).toBe(id);
  const others = [{ event: 'open' }, { time: seconds + 1 }, { MessageID: 1 }, { email: 'b@example.org' }].map(
    normalised,
  );
  expect(new Set([id, ...others.map((other) => other.id)]).size).toBe(5);
});

it.each([['nonsense'], [undefined], [1e300], [-1], [seconds * 1_000]])('takes time %j as the time it came', (time) => {
  expect(normalised({ time }).at).toEqual(receivedAt);
});

it('takes each event of a list by itself', () => {
  const list = [
    anEvent(),
    7,
    null,
    'x',
    [],
    {},
    anEvent({ email: undefined }),
    anEvent({ event: 9 }),
    anEvent({ event: 'open' }),
  ];
  const read = readEvents('mailjet', list, origin);
  expect(read.map((one) => ('fault' in one ? one.fault : one.events[0]?.type))).toEqual([
    'delivered',
    'no event name',
    'no event name',
    'no event name',
    'no event name',
    'no event name',
    'no recipient',
    'no event name',
    'opened',
  ]);
});
