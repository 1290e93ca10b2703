import { decryptPersonalInfo } from '@proca/crypto';
import { ContactBox, isUsablePublicKey, openBox } from './contact-box';
import { BoxNotOpenedError, UnusableKeyError } from './crypto.error';
import { cryptoReady } from './crypto-ready';
import { generateKeyPair } from './key-pair';
import { NonceSequence } from './nonce-sequence';

/** processing.md §4.5 */
const vector = {
  recipientPrivate: 'jryHwwQA0y5f8j9fGXt2T9agz-8JiTbL-6Ki9CzT1q8',
  recipientPublic: 'eCSRzvcxKVdtzw05qpCFCIhXMdJPL1ZkDjkJF8COwQQ',
  instancePrivate: 'KxXN-n7bPO9fkkwobtURi663gVo3Qqsi5njR6WIXE1E',
  instancePublic: 'eV-79Fv61WAH10jB_-RrExXlwkftt9gcjx7XrHTDOUI',
  nonce: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRb_',
  plaintext:
    '{"area":"PL","country":"PL","email":"harald@example.org","firstName":"Harald","lastName":"Bower","postcode":"02-123"}',
  ciphertext:
    'cW1nrQdH6RS3MSHmlhYtE2jhvHov6OzztbjnaFbAX1aZEaA9cSur3PsNEEHcyLReujh0miQf_FkiNo-NKzbIrUdVBDQ2_YGWDPdKgGNJdWaJ8w4E9t7qK6vJvFSxOdgxffVgfNm7NC5j5uJylsYo56WS_wD7hAWyUrttIPj57itM1k2pPg',
  nextNonce: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRcA',
};
const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url');
const vectorBox = (): ContactBox =>
  new ContactBox(bytesOf(vector.instancePrivate), new NonceSequence(bytesOf(vector.nonce)));

beforeAll(cryptoReady);

it('seals the test vector, and takes the next nonce for the next box', () => {
  const box = vectorBox();
  const first = box.encrypt(bytesOf(vector.recipientPublic), vector.plaintext);
  const second = box.encrypt(bytesOf(vector.recipientPublic), vector.plaintext);
  expect(first.payload).toHaveLength(133);
  expect(first.payload.toString('base64url')).toBe(vector.ciphertext);
  expect(first.nonce.toString('base64url')).toBe(vector.nonce);
  expect(second.nonce.toString('base64url')).toBe(vector.nextNonce);
});

it('opens the test vector', () => {
  const sealed = { payload: bytesOf(vector.ciphertext), nonce: bytesOf(vector.nonce) };
  expect(openBox(sealed, bytesOf(vector.instancePublic), bytesOf(vector.recipientPrivate))).toBe(vector.plaintext);
});

it('seals boxes the published @proca/crypto opens', () => {
  const instance = generateKeyPair();
  const recipient = generateKeyPair();
  const contact = { firstName: 'Zażółć', email: 'jaźń@example.org', address: { street: '’s-Gravenhage 1' } };
  const { payload, nonce } = new ContactBox(instance.private).encrypt(recipient.public, JSON.stringify(contact));
  const publicText = recipient.public.toString('base64url');
  const opened = decryptPersonalInfo(
    {
      payload: payload.toString('base64url'),
      nonce: nonce.toString('base64url'),
      encryptKey: { id: 1, public: publicText },
      signKey: { id: 2, public: instance.public.toString('base64url') },
    },
    {
      filename: null,
      readFromFile: false,
      keys: [{ public: publicText, private: recipient.private.toString('base64url') }],
    },
  );
  expect(opened).toEqual(contact);
});

it('keeps recipients apart, also beyond the recipients it remembers', () => {
  const instance = generateKeyPair();
  const recipients = Array.from({ length: 5 }, generateKeyPair);
  const box = new ContactBox(instance.private, new NonceSequence(), 2);
  for (const round of [1, 2]) {
    for (const [index, recipient] of recipients.entries()) {
      const sealed = box.encrypt(recipient.public, `to ${index} in ${round}`);
      expect(openBox(sealed, instance.public, recipient.private)).toBe(`to ${index} in ${round}`);
    }
  }
});

it('never gives out a nonce twice', () => {
  const box = new ContactBox(generateKeyPair().private);
  const recipient = generateKeyPair().public;
  const nonces = new Set(Array.from({ length: 600 }, () => box.encrypt(recipient, '{}').nonce.toString('hex')));
  expect(nonces.size).toBe(600);
});

it('is not changed by a caller that wipes the key it gave', () => {
  const instance = generateKeyPair();
  const recipient = generateKeyPair();
  const given = Buffer.from(instance.private);
  const box = new ContactBox(given);
  given.fill(0);
  expect(openBox(box.encrypt(recipient.public, 'x'), instance.public, recipient.private)).toBe('x');
});

it('does not open a changed box or one for another key', () => {
  const instance = generateKeyPair();
  const recipient = generateKeyPair();
  const sealed = new ContactBox(instance.private).encrypt(recipient.public, 'secret');
  expect(() => openBox(sealed, instance.public, generateKeyPair().private)).toThrow(BoxNotOpenedError);
  sealed.payload[20]! ^= 1;
  expect(() => openBox(sealed, instance.public, recipient.private)).toThrow(BoxNotOpenedError);
  expect(() => openBox({ payload: Buffer.alloc(3), nonce: sealed.nonce }, instance.public, recipient.private)).toThrow(
    BoxNotOpenedError,
  );
});

it('refuses keys that cannot make a box', () => {
  const box = new ContactBox(generateKeyPair().private);
  expect(() => box.encrypt(Buffer.alloc(31), '{}')).toThrow(UnusableKeyError);
  expect(() => box.encrypt(Buffer.alloc(32), '{}')).toThrow(UnusableKeyError);
  expect(() => new ContactBox(Buffer.alloc(33))).toThrow(UnusableKeyError);
  expect(isUsablePublicKey(Buffer.alloc(32))).toBe(false);
  expect(isUsablePublicKey(Buffer.alloc(5))).toBe(false);
  expect(isUsablePublicKey(generateKeyPair().public)).toBe(true);
});
