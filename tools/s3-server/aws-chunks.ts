import type { Readable } from 'node:stream';
import { S3Fault } from './s3-fault';

const malformed = () => new S3Fault(400, 'IncompleteBody', 'The chunked body is malformed.');

/** The payload of an `aws-chunked` body without signatures; what follows it, such as a checksum, goes to `trailers`. */
export async function* decodeChunks(body: Readable, trailers: Map<string, string>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let left: number | null = null;
  for await (const chunk of body) {
    held = Buffer.concat([held, chunk as Buffer]);
    while (left !== 0) {
      if (left === null) {
        const end = held.indexOf('\r\n');
        if (end < 0) break;
        const size = /^([0-9a-f]+)$/i.exec(held.subarray(0, end).toString('latin1'))?.[1];
        if (size === undefined) throw malformed();
        left = parseInt(size, 16);
        if (left > 0) held = held.subarray(end + 2);
      }
      if (left === 0 || held.length < left + 2) break;
      yield held.subarray(0, left);
      held = held.subarray(left + 2);
      left = null;
    }
  }
  const [last, ...rest] = held.toString('latin1').split('\r\n');
  if (left !== 0 || last !== '0') throw malformed();
  for (const line of rest.filter((text) => text !== '')) {
    const at = line.indexOf(':');
    trailers.set(line.slice(0, at).toLowerCase(), line.slice(at + 1).trim());
  }
}
