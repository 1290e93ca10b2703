import { NonceSequence } from './nonce-sequence';

const after = (hex: string): string => {
  const nonces = new NonceSequence(Buffer.from(hex, 'hex'));
  nonces.next();
  return nonces.next().toString('hex');
};

it.each([
  ['00'.repeat(24), `${'00'.repeat(23)}01`],
  [`${'00'.repeat(23)}ff`, `${'00'.repeat(22)}0100`],
  [`01${'ff'.repeat(23)}`, `02${'00'.repeat(23)}`],
  ['ff'.repeat(24), '00'.repeat(24)],
])('counts from %s to %s', (first, second) => expect(after(first)).toBe(second));

it('gives the start itself first, and buffers that later calls leave alone', () => {
  const start = Buffer.alloc(24, 7);
  const nonces = new NonceSequence(start);
  const first = nonces.next();
  nonces.next();
  expect(first).toEqual(Buffer.alloc(24, 7));
  expect(start).toEqual(Buffer.alloc(24, 7));
});

it('starts somewhere else in every process', () => {
  expect(new NonceSequence().next().equals(new NonceSequence().next())).toBe(false);
});

it('refuses a start of another length', () => expect(() => new NonceSequence(Buffer.alloc(23))).toThrow(RangeError));
