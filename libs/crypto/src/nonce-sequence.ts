import { randomFillSync } from 'node:crypto';

const nonceBytes = 24;

/** Nonces of one process: a random start, then plus one as a 192-bit big-endian number, wrapping (processing.md §4.2).
 *  Never persist or share one: a second process must draw its own start. */
export class NonceSequence {
  private readonly upcoming = Buffer.allocUnsafeSlow(nonceBytes);

  /** `start` is for test vectors only. */
  constructor(start?: Uint8Array) {
    if (!start) {
      randomFillSync(this.upcoming);
      return;
    }
    if (start.length !== nonceBytes) throw new RangeError(`a nonce has ${nonceBytes} bytes, got ${start.length}`);
    this.upcoming.set(start);
  }

  /** A buffer of its own for the caller; no two calls return equal bytes. */
  next(): Buffer {
    const nonce = Buffer.from(this.upcoming);
    for (let index = nonceBytes - 1; index >= 0; index -= 1) {
      const byte = (this.upcoming[index]! + 1) & 0xff;
      this.upcoming[index] = byte;
      if (byte !== 0) break;
    }
    return nonce;
  }
}
