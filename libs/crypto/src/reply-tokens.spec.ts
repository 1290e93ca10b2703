import { ReplyTokens } from './reply-tokens';
import { SecretEnvelope } from './secret-envelope';

const keyText = (fill: number): string => Buffer.alloc(32, fill).toString('base64url');
const tokens = new ReplyTokens(SecretEnvelope.fromText(keyText(1)));

it('names a message in a local part, whatever becomes of its case, and under an older key', () => {
  const local = tokens.seal(123_456_789_012);
  expect(local).toMatch(/^r-[0-9a-f]{32}$/);
  expect(tokens.open(local.toUpperCase())).toBe(123_456_789_012);
  expect(new ReplyTokens(SecretEnvelope.fromText(`${keyText(2)},${keyText(1)}`)).open(local)).toBe(123_456_789_012);
});

it.each(['', 'r-', 'harald', `r-${'0'.repeat(32)}`, `r-${'0'.repeat(33)}`, `${tokens.seal(7)}0`])(
  'takes nothing else: %s',
  (local) => expect(tokens.open(local)).toBeNull(),
);
