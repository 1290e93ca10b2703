import { newRequestId, requestIdFrom } from './request-id';

it.each(['a'.repeat(20), 'a'.repeat(200), 'F3mYz0-Q_x.1:2+3/4=~@'])('keeps %j', (id) => {
  expect(requestIdFrom(id)).toBe(id);
});

it.each([
  undefined,
  '',
  'a'.repeat(19),
  'a'.repeat(201),
  `${'a'.repeat(30)}\n`,
  `${'a'.repeat(30)}"<>`,
  ['a'.repeat(30)],
])('makes its own instead of %j', (header) => {
  expect(requestIdFrom(header)).not.toBe(header);
  expect(requestIdFrom(header)).toMatch(/^[0-9a-f-]{36}$/);
});

it('makes ids it would accept, never the same', () => {
  const id = newRequestId();
  expect(requestIdFrom(id)).toBe(id);
  expect(newRequestId()).not.toBe(id);
});
