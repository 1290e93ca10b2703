import { cryptoReady } from './crypto-ready';
import { decodeKey, generateKeyPair, publicKeyOf } from './key-pair';

beforeAll(cryptoReady);

it('makes a new 32-byte pair each time', () => {
  const [one, two] = [generateKeyPair(), generateKeyPair()];
  expect([one.public.length, one.private.length]).toEqual([32, 32]);
  expect(one.private.equals(two.private)).toBe(false);
});

it('knows which public key belongs to a private one', () => {
  const pair = generateKeyPair();
  expect(publicKeyOf(pair.private)).toEqual(pair.public);
});

it('reads a key padded or not', () => {
  const key = generateKeyPair().public;
  expect(decodeKey(key.toString('base64url'))).toEqual(key);
  expect(decodeKey(`${key.toString('base64url')}=`)).toEqual(key);
});

it.each([
  ['', 'undecodable'],
  ['not base64!', 'undecodable'],
  ['AAAA', 'wrong_length'],
  [Buffer.alloc(33).toString('base64url'), 'wrong_length'],
])('says why %j is no key', (text, why) => expect(decodeKey(text)).toBe(why));
