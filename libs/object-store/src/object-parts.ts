import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

export interface Part {
  bytes: Buffer;
  isLast: boolean;
}

/** The stream in parts of `size` bytes; the last is what is left, and there is always one. */
export async function* partsOf(body: Readable, size: number): AsyncGenerator<Part> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array | string);
    held.push(bytes);
    length += bytes.length;
    while (length > size) {
      const whole = Buffer.concat(held);
      yield { bytes: whole.subarray(0, size), isLast: false };
      held = [whole.subarray(size)];
      length -= size;
    }
  }
  yield { bytes: Buffer.concat(held), isLast: true };
}

/** SHA-256, base64 as S3 writes it. */
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');
