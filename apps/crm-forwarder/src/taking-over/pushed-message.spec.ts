import { acceptedAtOf, actionIdOf, contactRefOf, pushedMessage, pushKindOf } from './pushed-message';

describe('a pushed message', () => {
  it.each([
    ['{"b":1,"__proto__":{"x":1},"a":[null,"\\u2028"]}'],
    ['{ "id": 12345678901234567890, "n": 1.0 }'],
    ['{"name":"Zo\\u00eb ë"}\n'],
  ])('keeps the text %j as it came', (text) => {
    expect(pushedMessage.parse(Buffer.from(text))).toEqual({ content: JSON.parse(text), text });
  });

  it.each([
    ['null', 'null'],
    ['a text', '"text"'],
    ['a number', '1'],
    ['a list', '[]'],
    ['cut off', '{"schema":'],
    ['empty', ''],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('is not one that is %s', (_name, body) => {
    expect(() => pushedMessage.parse(Buffer.from(body as string))).toThrow();
  });

  it.each([
    ['proca:action:1', 'action'],
    ['proca:action:2', 'action'],
    ['proca:event:2', 'event'],
    ['proca:action:3', undefined],
    ['groundswell:facts:1', undefined],
    ['', undefined],
    [undefined, undefined],
    [['proca:action:2'], undefined],
  ])('of schema %j is an %s', (schema, kind) => {
    expect(pushKindOf({ schema })).toBe(kind);
  });

  it('about what a user did is a system event, though it has the shape of an action', () => {
    expect(pushKindOf({ schema: 'proca:action:2', stage: 'system', eventType: 'new_user' })).toBe('system');
    expect(pushKindOf({ schema: 'proca:action:2', stage: 'deliver' })).toBe('action');
  });

  it.each([
    [{ actionId: 7 }, 7],
    [{ actionId: null }, null],
    [{ actionId: '7' }, null],
    [{ actionId: 7.5 }, null],
    [{}, null],
  ])('%j tells of action %s', (message, actionId) => {
    expect(actionIdOf(message)).toBe(actionId);
  });

  it.each([
    ['version 2', { contact: { contactRef: 'cmVm' } }, 'cmVm'],
    ['version 1', { contact: { ref: 'cmVm' } }, 'cmVm'],
    ['an event about a supporter', { supporter: { contact: { contactRef: 'cmVm' } } }, 'cmVm'],
    ['a system event', { contact: { email: 'staff@example.org', contactRef: null } }, null],
    ['an event about a campaign', { campaign: {} }, null],
    ['nonsense', { contact: 'cmVm', supporter: [1] }, null],
    ['an empty ref', { contact: { contactRef: '' } }, null],
  ])('%s: whose data it holds', (_name, message, ref) => {
    expect(contactRefOf(message)).toBe(ref);
  });

  it.each([
    [{ action: { createdAt: '2026-03-01T10:00:00Z' } }, '2026-03-01T10:00:00.000Z'],
    [{ action: { createdAt: '2026-03-01T10:00:00.123456Z' } }, '2026-03-01T10:00:00.123Z'],
    [{ action: { createdAt: 'yesterday' } }, undefined],
    [{ action: { createdAt: 1 } }, undefined],
    [{}, undefined],
  ])('%j was accepted at %s', (message, at) => {
    expect(acceptedAtOf(message)?.toISOString()).toBe(at);
  });
});
