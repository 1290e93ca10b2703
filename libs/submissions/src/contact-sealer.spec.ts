import { randomBytes } from 'node:crypto';
import { cryptoReady, generateKeyPair, openBox, SecretEnvelope, type KeyPair } from '@groundswell/crypto';
import type { CatalogueKey } from '@groundswell/persistence';
import { ContactSealer } from './contact-sealer';
import { anOrg } from './fake.page-scope';

const instance = anOrg({ id: 1, name: 'instance' });
const payload = '{"email":"harald@example.org"}';

/** Keys by org, as a catalogue holds them; changed in place by the tests. */
class Keys {
  readonly active = new Map<number, CatalogueKey>();
  readonly envelope = new SecretEnvelope([randomBytes(32)]);
  opened = 0;
  hasInstance = true;
  readonly sealer = new ContactSealer(
    {
      activeKeyOf: (orgId) => this.active.get(orgId),
      orgByName: (name) => (this.hasInstance && name === 'instance' ? instance : undefined),
    },
    {
      open: (sealed) => {
        this.opened += 1;
        return this.envelope.open(sealed);
      },
    },
    'instance',
  );

  give(orgId: number, id: number, withPrivate: boolean): KeyPair {
    const pair = generateKeyPair();
    const sealedPrivate = withPrivate ? this.envelope.seal(pair.private) : null;
    this.active.set(orgId, {
      id,
      orgId,
      public: pair.public,
      private: sealedPrivate,
      active: true,
      expired: false,
    });
    return pair;
  }
}

beforeAll(cryptoReady);

const opened = (sealed: { payload: string; nonce: string | null }, sender: KeyPair, recipient: KeyPair): string =>
  openBox(
    { payload: Buffer.from(sealed.payload, 'base64url'), nonce: Buffer.from(sealed.nonce ?? '', 'base64url') },
    sender.public,
    recipient.private,
  );

it('encrypts from the instance key to the key of the org, which alone can open it', () => {
  const keys = new Keys();
  const instancePair = keys.give(1, 10, true);
  const orgPair = keys.give(7, 20, false);
  const sealed = keys.sealer.seal(7, payload);
  expect(sealed).toMatchObject({ encryptKeyId: 20, signKeyId: 10 });
  expect(opened(sealed, instancePair, orgPair)).toBe(payload);
  expect(keys.sealer.seal(7, payload).nonce).not.toBe(sealed.nonce);
  expect(keys.opened).toBe(1);
});

it.each([
  ['the org', 7],
  ['the instance org', 1],
])('leaves the payload plain when %s has no active key', (_whose, orgId) => {
  const keys = new Keys();
  keys.give(1, 10, true);
  keys.give(7, 20, false);
  keys.active.delete(orgId);
  expect(keys.sealer.seal(7, payload)).toEqual({ payload, nonce: null, encryptKeyId: null, signKeyId: null });
});

it('uses a changed key at once, the recipient’s and the instance’s', () => {
  const keys = new Keys();
  keys.give(1, 10, true);
  keys.give(7, 20, false);
  keys.sealer.seal(7, payload);
  const orgPair = keys.give(7, 21, false);
  expect(keys.sealer.seal(7, payload)).toMatchObject({ encryptKeyId: 21, signKeyId: 10 });
  const instancePair = keys.give(1, 11, true);
  const sealed = keys.sealer.seal(7, payload);
  expect(sealed).toMatchObject({ encryptKeyId: 21, signKeyId: 11 });
  expect(opened(sealed, instancePair, orgPair)).toBe(payload);
});

it('fails, and never falls back to plain text, when there are keys that cannot be used', () => {
  const keys = new Keys();
  keys.give(7, 20, false);
  keys.hasInstance = false;
  expect(() => keys.sealer.seal(7, payload)).toThrow('the instance org is missing');
  keys.hasInstance = true;
  keys.give(1, 10, false);
  expect(() => keys.sealer.seal(7, payload)).toThrow('a key cannot be used');
  keys.give(1, 11, true);
  keys.active.set(7, { id: 22, orgId: 7, public: Buffer.alloc(32), private: null, active: true, expired: false });
  expect(() => keys.sealer.seal(7, payload)).toThrow('cannot encrypt for org 7');
});
