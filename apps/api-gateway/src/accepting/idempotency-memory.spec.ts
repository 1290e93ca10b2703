import { checkedIdempotencyKey, IdempotencyMemory } from './idempotency-memory';

it.each([
  [null, null],
  ['', null],
  ['k', 'k'],
  ['k'.repeat(255), 'k'.repeat(255)],
  [`${'k'.repeat(255)}#12`, `${'k'.repeat(255)}#12`],
])('takes the key %j', (key, expected) => {
  expect(checkedIdempotencyKey(key)).toBe(expected);
});

it('refuses a key that is too long', () => {
  expect(() => checkedIdempotencyKey('k'.repeat(256))).toThrow(expect.objectContaining({ code: 'bad_arg' }));
});

it('takes the same input again and refuses another under the same id', () => {
  const memory = new IdempotencyMemory();
  memory.check('a', { x: 1 });
  memory.check('a', { x: 1 });
  memory.check('b', { x: 2 });
  expect(() => memory.check('a', { x: 2 })).toThrow(
    expect.objectContaining({ code: 'idempotency_mismatch', message: 'Idempotency key was used with different input' }),
  );
});

it('forgets the oldest ids, not those used again', () => {
  const memory = new IdempotencyMemory(2);
  memory.check('a', 1);
  memory.check('b', 1);
  memory.check('a', 1);
  memory.check('c', 1);
  expect(() => memory.check('b', 2)).not.toThrow();
  expect(() => memory.check('c', 2)).toThrow();
});
