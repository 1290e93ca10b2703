import { randomBytes } from 'node:crypto';
import { SecretEnvelope } from '@groundswell/crypto';
import { FollowUpTokens } from './follow-up-tokens';

const key = (): string => randomBytes(32).toString('base64url');
const [old, later] = [key(), key()];
const tokens = new FollowUpTokens(SecretEnvelope.fromText(old));

it('names the item it was made for, also after a new key came before the old one', () => {
  const token = tokens.seal(4_711);
  expect(tokens.open(token)).toBe(4_711);
  expect(new FollowUpTokens(SecretEnvelope.fromText(`${later},${old}`)).open(token)).toBe(4_711);
  expect(new FollowUpTokens(SecretEnvelope.fromText(later)).open(token)).toBeNull();
});

it.each(['', 'x', '4711', 'A'.repeat(32), `${'A'.repeat(31)}=`, 'A'.repeat(400)])('takes nothing else: %s', (text) => {
  expect(tokens.open(text)).toBeNull();
});

it('takes no other id under the same signature', () => {
  const bytes = Buffer.from(tokens.seal(7), 'base64url');
  bytes[7] = 8;
  expect(tokens.open(bytes.toString('base64url'))).toBeNull();
});
