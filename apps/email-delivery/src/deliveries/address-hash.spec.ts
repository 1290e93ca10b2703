import { createHmac } from 'node:crypto';
import { SecretEnvelope } from '@groundswell/crypto';
import { addressHasher } from './address-hash';

const key = Buffer.alloc(32, 7);
const hashOf = addressHasher({ ENVELOPE_KEY: key.toString('base64url') });

describe('addressHasher', () => {
  it('is one of 16 bytes under a key made for this', () => {
    const [derived] = SecretEnvelope.fromText(key.toString('base64url')).derivedKeys('mail address') as [Buffer];
    const whole = createHmac('sha256', derived).update('jane@example.org').digest();
    expect(hashOf('jane@example.org')).toEqual(whole.subarray(0, 16));
  });

  it('is the same however the address is written', () => {
    expect(hashOf(' Jane@Example.ORG\n')).toEqual(hashOf('jane@example.org'));
    expect(hashOf('jane@example.com')).not.toEqual(hashOf('jane@example.org'));
  });

  it('differs under another key; the first one counts', () => {
    const other = Buffer.alloc(32, 8).toString('base64url');
    expect(addressHasher({ ENVELOPE_KEY: other })('a@b.c')).not.toEqual(hashOf('a@b.c'));
    expect(addressHasher({ ENVELOPE_KEY: `${key.toString('base64url')},${other}` })('a@b.c')).toEqual(hashOf('a@b.c'));
  });
});
