import { PersonalLinkTokens } from './personal-link-tokens';
import { SecretEnvelope } from './secret-envelope';
import { UnsubscribeTokens } from './unsubscribe-tokens';

const envelope = SecretEnvelope.fromText(Buffer.alloc(32, 1).toString('base64url'));
const tokens = new PersonalLinkTokens(envelope);
const link = { actionId: 42, ref: Buffer.alloc(32, 9), expiresAt: new Date('2026-05-01T10:00:00Z') };

it('opens what it sealed, and refuses every changed byte', () => {
  const token = tokens.seal(link);
  expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(tokens.open(token)).toEqual(link);
  const bytes = Buffer.from(token, 'base64url');
  expect(bytes.includes(link.ref)).toBe(false);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(tokens.open(changed.toString('base64url'))).toBeNull();
  }
});

it('takes no token of another purpose, and none of another key', () => {
  const { actionId, ref } = link;
  expect(tokens.open(new UnsubscribeTokens(envelope).seal({ actionId, ref }))).toBeNull();
  expect(new UnsubscribeTokens(envelope).open(tokens.seal(link))).toBeNull();
  const other = SecretEnvelope.fromText(Buffer.alloc(32, 2).toString('base64url'));
  expect(new PersonalLinkTokens(other).open(tokens.seal(link))).toBeNull();
});
