import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { decodeChunks } from './aws-chunks';
import { notImplemented, S3Fault } from './s3-fault';

/** A body that lies in a file of its own, measured. */
export interface ReceivedBody {
  file: string;
  size: number;
  /** Hex. */
  md5: string;
  /** Base64, where the caller gave it and it fits. */
  checksumSha256: string | null;
}

const streamedHash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const checksumHeaders = { 'x-amz-checksum-sha256': 'sha256', 'x-amz-checksum-sha1': 'sha1' } as const;

/** Writes the body of a call to `dir` and refuses one that is not what its headers say. */
export async function receiveBody(request: IncomingMessage, dir: string): Promise<ReceivedBody> {
  const { headers } = request;
  const isStreamed = headers['x-amz-content-sha256'] === streamedHash;
  const expected = headers[isStreamed ? 'x-amz-decoded-content-length' : 'content-length'];
  if (expected === undefined) {
    throw new S3Fault(411, 'MissingContentLength', 'You must provide the Content-Length header.');
  }
  const file = join(dir, randomUUID());
  const measure = new Measure();
  const trailers = new Map<string, string>();
  try {
    const source = isStreamed ? decodeChunks(request, trailers) : request;
    await pipeline(source, measure, createWriteStream(file, { flags: 'wx' }));
    if (measure.size !== Number(expected)) throw new S3Fault(400, 'IncompleteBody');
    for (const [name, value] of Object.entries(headers)) {
      if (name.startsWith('x-amz-checksum-')) trailers.set(name, String(value));
    }
    measure.compare(headers, trailers, isStreamed);
    return {
      file,
      size: measure.size,
      md5: measure.md5,
      checksumSha256: trailers.get('x-amz-checksum-sha256') ?? null,
    };
  } catch (error) {
    await rm(file, { force: true });
    throw error instanceof S3Fault ? error : new S3Fault(400, 'IncompleteBody', String(error));
  }
}

/** Hashes what passes. */
class Measure extends Transform {
  size = 0;
  private readonly hashes: Record<'md5' | 'sha256' | 'sha1', Hash> = {
    md5: createHash('md5'),
    sha256: createHash('sha256'),
    sha1: createHash('sha1'),
  };
  private crc = 0;
  private readonly digests = new Map<string, Buffer>();

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.size += chunk.length;
    for (const hash of Object.values(this.hashes)) hash.update(chunk);
    this.crc = crc32(chunk, this.crc);
    done(null, chunk);
  }

  get md5(): string {
    return this.digest('md5').toString('hex');
  }

  compare(headers: IncomingMessage['headers'], checksums: Map<string, string>, isStreamed: boolean): void {
    const hash = String(headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
    if (hash !== 'UNSIGNED-PAYLOAD' && !isStreamed) {
      if (!/^[0-9a-f]{64}$/.test(hash)) throw notImplemented(`x-amz-content-sha256: ${hash}`);
      if (hash !== this.digest('sha256').toString('hex')) {
        throw new S3Fault(
          400,
          'XAmzContentSHA256Mismatch',
          `The provided 'x-amz-content-sha256' header does not match.`,
        );
      }
    }
    const md5 = headers['content-md5'];
    if (md5 !== undefined && md5 !== this.digest('md5').toString('base64')) throw new S3Fault(400, 'BadDigest');
    for (const [name, value] of checksums) {
      if (!['x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-checksum-mode'].includes(name)) {
        this.compareOne(name, value);
      }
    }
  }

  private compareOne(name: string, value: string): void {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.crc);
    const algorithm = checksumHeaders[name as keyof typeof checksumHeaders];
    if (!algorithm && name !== 'x-amz-checksum-crc32') throw notImplemented(name);
    const found = algorithm ? this.digest(algorithm) : crc;
    if (found.toString('base64') !== value) {
      throw new S3Fault(400, 'BadDigest', `The ${name} you specified did not match what we received.`);
    }
  }

  private digest(name: 'md5' | 'sha256' | 'sha1'): Buffer {
    const known = this.digests.get(name) ?? this.hashes[name].digest();
    this.digests.set(name, known);
    return known;
  }
}
