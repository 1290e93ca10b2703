import { normaliseSes } from './ses';
import { readEvents } from './webhook-events';

const receivedAt = new Date('2026-03-01T12:00:00.000Z');
const origin = { serviceId: 8, receivedAt };
const timestamp = '2026-03-01T11:53:20.123Z';

const mail = (changes: Record<string, unknown> = {}) => ({
  timestamp: '2026-03-01T11:50:00.000Z',
  messageId: '0100018abc-1111',
  source: 'org@example.net',
  destination: ['Jane@Example.org'],
  headers: [
    { name: 'X-Proca-Id', value: 'action:42' },
    { name: 'X-Groundswell-Delivery', value: '77' },
  ],
  tags: { 'ses:from-domain': ['example.net'], 'delivery-id': ['78'] },
  ...changes,
});

const aNotification = (eventType: string, part: Record<string, unknown>, changes: Record<string, unknown> = {}) => ({
  eventType,
  mail: mail(changes),
  ...part,
});
const normalised = (...parts: Parameters<typeof aNotification>) => normaliseSes(aNotification(...parts), origin)[0]!;
const bounce = (changes: Record<string, unknown>, recipient: Record<string, unknown> = {}) => ({
  bounce: {
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bouncedRecipients: [{ emailAddress: 'Jane <jane@example.org>', ...recipient }],
    timestamp,
    feedbackId: 'f-1',
    ...changes,
  },
});
const complaint = (changes: Record<string, unknown> = {}) => ({
  complaint: { complainedRecipients: [{ emailAddress: 'jane@example.org' }], timestamp, feedbackId: 'f-2', ...changes },
});

/** email-and-mtt.md §4. */
it.each([
  ['Bounce', bounce({}), 'failed', 'permanent'],
  ['Bounce', bounce({ bounceType: 'Transient' }), 'failed', 'temporary'],
  ['Bounce', bounce({ bounceType: 'Undetermined' }), 'failed', 'temporary'],
  ['Complaint', complaint(), 'complained', null],
  ['Delivery', { delivery: { timestamp, recipients: ['jane@example.org'] } }, 'delivered', null],
  ['Open', { open: { timestamp, ipAddress: '192.0.2.1', userAgent: 'x' } }, 'opened', null],
  ['Click', { click: { timestamp, link: 'https://example.org' } }, 'clicked', null],
  ['Send', { send: {} }, 'accepted', null],
  ['DeliveryDelay', { deliveryDelay: { timestamp } }, 'other', null],
  ['Reject', { reject: { reason: 'Bad content' } }, 'other', null],
  ['Something New', {}, 'other', null],
])('takes %s as %#', (name, part, type, severity) => {
  expect(normalised(name, part)).toMatchObject({ type, severity, recipient: 'jane@example.org', serviceId: 8 });
});

it('reads notifications as event publishing and as feedback send them, bare and inside SNS', () => {
  const { eventType, ...rest } = aNotification('Open', { open: { timestamp } });
  const feedback = { notificationType: eventType, ...rest };
  const wrapped = { Type: 'Notification', TopicArn: 'arn', Message: JSON.stringify(feedback) };
  const [bare, inSns] = [feedback, wrapped].map((body) => normaliseSes(body, origin)[0]);
  expect(inSns).toEqual(bare);
  expect(bare).toMatchObject({ type: 'opened', at: new Date(timestamp) });
});

it('finds the mail by tag, else by header, and by its id', () => {
  const delivery = { delivery: { timestamp, recipients: ['jane@example.org'] } };
  const ids = { customId: 'action:42', providerMessageId: '0100018abc-1111' };
  expect(normalised('Delivery', delivery)).toMatchObject({ deliveryId: 78, ...ids });
  expect(normalised('Delivery', delivery, { tags: undefined })).toMatchObject({ deliveryId: 77, ...ids });
  expect(normalised('Delivery', delivery, { tags: {}, headers: undefined })).toMatchObject({
    deliveryId: null,
    customId: null,
  });
});

it('is one event for each recipient', () => {
  const recipients = { delivery: { timestamp, recipients: ['a@example.org', 'b@example.org'] } };
  const events = normaliseSes(aNotification('Delivery', recipients), origin);
  expect(events.map(({ recipient }) => recipient)).toEqual(['a@example.org', 'b@example.org']);
  expect(new Set(events.map(({ id }) => id)).size).toBe(2);
});

it('reads code, enhanced code and text of a bounce', () => {
  const { error } = normalised(
    'Bounce',
    bounce({}, { status: '5.1.1', action: 'failed', diagnosticCode: 'smtp; 550 5.1.1 <jane@example.org> unknown' }),
  );
  expect(error).toEqual({ code: 550, enhancedCode: '5.1.1', message: 'smtp; 550 5.1.1 <[REDACTED]> unknown' });
  expect(normalised('Bounce', bounce({})).error).toEqual({ code: 0, enhancedCode: null, message: 'Permanent General' });
});

it('tells what the list of the account had kept from being sent', () => {
  for (const bounceSubType of ['Suppressed', 'OnAccountSuppressionList']) {
    expect(normalised('Bounce', bounce({ bounceSubType })).isSuppressed).toBe(true);
  }
  expect(normalised('Complaint', complaint({ complaintSubType: 'OnAccountSuppressionList' }))).toMatchObject({
    type: 'failed',
    severity: 'permanent',
    isSuppressed: true,
  });
});

it.each([
  [{ Type: 'Notification', Message: 'Successfully validated SNS topic' }, 'the notification is no JSON'],
  [{ Type: 'Notification', Message: '['.repeat(1_000_000) }, 'the notification is no JSON'],
  [{ Type: 'Notification', Message: `${'['.repeat(200_000)}${']'.repeat(200_000)}` }, 'the notification is no JSON'],
  [{ eventType: 'Bounce', mail: mail() }, 'no recipient'],
  [{ eventType: 'Open', mail: {} }, 'no recipient'],
  [{ mail: mail() }, 'no event name'],
  [7, 'no event name'],
])('refuses what it cannot read (%#)', (body, fault) => {
  expect(readEvents('ses', body, origin)).toMatchObject([{ fault }]);
});
