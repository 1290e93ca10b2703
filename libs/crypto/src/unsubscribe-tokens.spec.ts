import { SecretEnvelope } from './secret-envelope';
import { UnsubscribeTokens } from './unsubscribe-tokens';

const keyText = (byte: number) => Buffer.alloc(32, byte).toString('base64url');
const tokens = new UnsubscribeTokens(SecretEnvelope.fromText(keyText(1)));
const about = { actionId: 42, ref: Buffer.alloc(32, 9) };

it('opens what it sealed, and says nothing to others', () => {
  const token = tokens.seal(about);
  expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(tokens.open(token)).toEqual(about);
  expect(Buffer.from(token, 'base64url').includes(about.ref)).toBe(false);
  expect(tokens.seal(about)).toBe(token);
  expect(tokens.seal({ ...about, actionId: 43 }).slice(0, 16)).not.toBe(token.slice(0, 16));
});

it('refuses every changed byte, what is cut, and what is none', () => {
  const bytes = Buffer.from(tokens.seal(about), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(tokens.open(changed.toString('base64url'))).toBeNull();
  }
  for (const text of ['', 'no/base64url', bytes.subarray(0, 30).toString('base64url'), 'A'.repeat(80)]) {
    expect(tokens.open(text)).toBeNull();
  }
});

it('opens links of an older key while it is kept', () => {
  const rotated = new UnsubscribeTokens(SecretEnvelope.fromText(`${keyText(2)},${keyText(1)}`));
  expect(rotated.open(tokens.seal(about))).toEqual(about);
  expect(tokens.open(rotated.seal(about))).toBeNull();
});
