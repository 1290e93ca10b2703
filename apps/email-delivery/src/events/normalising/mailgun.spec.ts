import { normaliseMailgun } from './mailgun';

const record = (changes: object = {}) => ({
  id: 'OMTXD3-sSmKIQa1gSKkYVA',
  event: 'delivered',
  timestamp: 1763719200.104692,
  recipient: ' Jo@Example.org ',
  message: { headers: { 'message-id': '20261121.7@mg.test' } },
  'user-variables': { 'delivery-id': '42', 'custom-id': 'action:7' },
  ...changes,
});
const failed = (status: object | undefined, changes: object = {}) =>
  normaliseMailgun(record({ event: 'failed', severity: 'permanent', 'delivery-status': status, ...changes }), 3);

it('reads a record', () => {
  expect(normaliseMailgun(record(), 3)).toEqual({
    id: 'OMTXD3-sSmKIQa1gSKkYVA@2025-11-21',
    provider: 'mailgun',
    serviceId: 3,
    type: 'delivered',
    severity: null,
    recipient: 'jo@example.org',
    deliveryId: 42,
    providerMessageId: '20261121.7@mg.test',
    customId: 'action:7',
    at: new Date('2025-11-21T10:00:00.104Z'),
    error: null,
    isMachine: false,
    isSuppressed: false,
  });
});

it.each([
  [{ 'user-variables': undefined }, { deliveryId: null, customId: null, providerMessageId: '20261121.7@mg.test' }],
  [{ 'user-variables': { 'delivery-id': 'x' } }, { deliveryId: null }],
  [{ 'user-variables': { 'delivery-id': 43 } }, { deliveryId: 43 }],
  [{ message: { headers: { 'message-id': '<a@b>' } } }, { providerMessageId: 'a@b' }],
  [{ message: undefined }, { providerMessageId: null, deliveryId: 42 }],
  [{ event: 'list_member_uploaded' }, { type: 'other' }],
  [{ event: 'accepted' }, { type: 'accepted' }],
  [{ event: 'rejected' }, { type: 'blocked' }],
  [
    { event: 'failed', severity: 'temporary' },
    { type: 'failed', severity: 'temporary' },
  ],
  [{ event: 'failed', severity: 'permanent', reason: 'suppress-bounce' }, { isSuppressed: true }],
  [{ event: 'failed', severity: 'permanent', reason: 'bounce' }, { isSuppressed: false }],
  [
    { event: 'opened', 'client-info': { bot: 'apple' } },
    { type: 'opened', isMachine: true },
  ],
  [{ event: 'opened', 'client-info': { bot: '' } }, { isMachine: false }],
])('reads %j', (changes, expected) => {
  expect(normaliseMailgun(record(changes), 3)).toMatchObject(expected);
});

it.each([
  ['no mail', { message: {}, 'user-variables': {} }],
  ['no id', { id: undefined }],
  ['no recipient', { recipient: undefined }],
  ['no type', { event: undefined }],
  ['no time', { timestamp: undefined }],
  ['a time that is text', { timestamp: '1763719200' }],
  ['a time beyond all', { timestamp: 1e15 }],
])('drops a record with %s', (_, changes) => {
  expect(normaliseMailgun(record(changes), 3)).toBeNull();
});

it.each([null, 'x', 1, [], {}])('drops %j', (value) => {
  expect(normaliseMailgun(value, 3)).toBeNull();
});

it.each([
  [undefined, null],
  [{}, null],
  [{ code: 550 }, null],
  [{ code: 550, message: 3 }, null],
  [
    { code: 550, message: 'no such user', description: 'x', 'enhanced-code': '5.1.1' },
    { code: 550, message: 'no such user', enhancedCode: '5.1.1' },
  ],
  [
    { code: 605, message: '', description: 'gone' },
    { code: 605, message: 'gone', enhancedCode: null },
  ],
  [
    { code: 605, message: '', description: '' },
    { code: 605, message: '', enhancedCode: null },
  ],
  [
    { code: -1, message: 'x' },
    { code: 0, message: 'x', enhancedCode: null },
  ],
  [
    { code: '550', message: 'x', 'enhanced-code': 5.1 },
    { code: 0, message: 'x', enhancedCode: '5.1' },
  ],
])('takes the error of %j', (status, expected) => {
  expect(failed(status)?.error).toEqual(expected);
});

it('keeps addresses out of the text of an error', () => {
  expect(failed({ code: 550, message: 'no user jo@example.org here' })?.error?.message).toBe('no user [REDACTED] here');
});

it('keeps the text of an error short', () => {
  const error = failed({ code: 1, message: 'x'.repeat(3_000), 'enhanced-code': '5'.repeat(80) })?.error;
  expect(error?.message).toHaveLength(2_000);
  expect(error?.enhancedCode).toHaveLength(50);
});
