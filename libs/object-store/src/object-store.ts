import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { AwsRequestHandler, HttpCaller } from '@groundswell/http';
import { partsOf, sha256Of, type Part } from './object-parts';
import { ObjectStoreError, objectStoreErrorOf } from './object-store.error';
import type { ObjectStoreSettings } from './object-store-settings';
import { preSignedLink } from './pre-signed-link';

/** Written with one call up to this, in parts of this size beyond. */
const partBytes = 8 * 1024 * 1024;
/** Read with one call. */
const rangeBytes = 4 * 1024 * 1024;
const keysPerList = 1000;

export interface PutLinkOptions {
  contentType: string;
  size: number;
  /** Base64. */
  sha256?: string;
  expiresSeconds: number;
}

export interface PutLink {
  url: string;
  /** To be sent exactly so; a browser sets `content-length` itself. */
  headers: Record<string, string>;
  expiresAt: Date;
}

export interface ObjectHead {
  size: number;
  contentType: string;
  /** Base64; null where whoever wrote the object gave none, and for objects written in parts. */
  sha256: string | null;
}

interface OpenS3 {
  sdk: typeof import('@aws-sdk/client-s3');
  client: S3Client;
}

/**
 * One bucket of an S3-compatible service. Each call has a timeout and holds at most a part in memory; what fails throws
 * ObjectStoreError, after the SDK's own three attempts where the service said "later".
 */
export class ObjectStore {
  private readonly caller: HttpCaller;
  private opened: Promise<OpenS3> | null = null;

  constructor(private readonly settings: ObjectStoreSettings) {
    this.caller = new HttpCaller({
      userAgent: 'groundswell',
      connectTimeoutMs: 5_000,
      timeoutMs: settings.timeoutMs,
      // The address comes from the operator.
      allowPrivate: true,
    });
  }

  /** The link takes exactly one object of this type, size and, where given, checksum. */
  async presignPut(key: string, { contentType, size, sha256, expiresSeconds }: PutLinkOptions): Promise<PutLink> {
    const headers = {
      'content-type': contentType,
      'content-length': String(size),
      ...(sha256 === undefined ? {} : { 'x-amz-checksum-sha256': sha256 }),
    };
    const expiresAt = new Date(Date.now() + expiresSeconds * 1000);
    return { url: await preSignedLink(this.settings, 'PUT', key, { expiresSeconds, headers }), headers, expiresAt };
  }

  /** A link to be downloaded, not shown, where it is given a file name. */
  presignGet(key: string, o: { expiresSeconds: number; fileName?: string; contentType?: string }): Promise<string> {
    const query = {
      ...(o.fileName === undefined ? {} : { 'response-content-disposition': attachmentNamed(o.fileName) }),
      ...(o.contentType === undefined ? {} : { 'response-content-type': o.contentType }),
    };
    return preSignedLink(this.settings, 'GET', key, { expiresSeconds: o.expiresSeconds, query });
  }

  async head(key: string): Promise<ObjectHead | null> {
    const found = await this.call(({ sdk, client }) =>
      client.send(new sdk.HeadObjectCommand({ ...this.named(key), ChecksumMode: 'ENABLED' })),
    ).catch(nullWhenMissing);
    if (!found) return null;
    const sum = found.ChecksumSHA256;
    return {
      size: found.ContentLength ?? 0,
      contentType: found.ContentType ?? 'application/octet-stream',
      // Of an object written in parts it is a checksum of checksums: "…-3".
      sha256: sum !== undefined && found.ChecksumType !== 'COMPOSITE' && !sum.includes('-') ? sum : null,
    };
  }

  /** The whole of one version, however slowly it is read: it is fetched range by range, and replaced meanwhile it is an error. */
  async read(key: string, { from = 0, signal }: { from?: number; signal?: AbortSignal } = {}): Promise<Readable> {
    const first = await this.readRange(key, from, signal);
    const rest = async function* (this: ObjectStore) {
      let { bytes, end } = first;
      for (let at = from; ;) {
        if (bytes.length > 0) yield bytes;
        at += bytes.length;
        if (at >= end) return;
        ({ bytes, end } = await this.readRange(key, at, signal, first.version));
      }
    };
    return Readable.from(rest.call(this), { objectMode: false });
  }

  /** The object is there whole or not at all. */
  async write(
    key: string,
    body: Buffer | Readable,
    { contentType, signal }: { contentType: string; signal?: AbortSignal },
  ): Promise<{ size: number; sha256: string }> {
    const parts = partsOf(Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body, partBytes);
    try {
      const first = (await parts.next()).value as Part;
      return first.isLast
        ? await this.writeWhole(key, first.bytes, contentType, signal)
        : await this.writeInParts(key, first, parts, contentType, signal);
    } finally {
      // Whatever the body holds open, such as a query, is let go.
      await parts.return(undefined);
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const source = `${this.settings.bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
    await this.call(({ sdk, client }) =>
      client.send(new sdk.CopyObjectCommand({ ...this.named(to), CopySource: source })),
    );
  }

  /** No error when it is gone already. */
  async remove(key: string): Promise<void> {
    await this.call(({ sdk, client }) => client.send(new sdk.DeleteObjectCommand(this.named(key)))).catch(
      nullWhenMissing,
    );
  }

  /** Keys in order, those behind `after`, at most 1 000. */
  async list(prefix: string, after?: string): Promise<{ keys: string[]; isMore: boolean }> {
    const found = await this.call(({ sdk, client }) =>
      client.send(
        new sdk.ListObjectsV2Command({
          Bucket: this.settings.bucket,
          Prefix: prefix,
          MaxKeys: keysPerList,
          ...(after === undefined ? {} : { StartAfter: after }),
        }),
      ),
    );
    const keys = (found.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
    return { keys, isMore: found.IsTruncated ?? false };
  }

  async close(): Promise<void> {
    const opened = await this.opened?.catch(() => null);
    opened?.client.destroy();
    await this.caller.close();
  }

  private async writeWhole(
    key: string,
    bytes: Buffer,
    contentType: string,
    signal?: AbortSignal,
  ): Promise<{ size: number; sha256: string }> {
    signal?.throwIfAborted();
    const sha256 = sha256Of(bytes);
    await this.call(({ sdk, client }) =>
      client.send(
        new sdk.PutObjectCommand({ ...this.named(key), Body: bytes, ContentType: contentType, ChecksumSHA256: sha256 }),
      ),
    );
    return { size: bytes.length, sha256 };
  }

  private async writeInParts(
    key: string,
    first: Part,
    others: AsyncGenerator<Part>,
    contentType: string,
    signal?: AbortSignal,
  ): Promise<{ size: number; sha256: string }> {
    const { UploadId } = await this.call(({ sdk, client }) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({
          ...this.named(key),
          ContentType: contentType,
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    );
    const upload = { ...this.named(key), UploadId };
    const hash = createHash('sha256');
    let size = 0;
    try {
      const Parts: { PartNumber: number; ETag?: string; ChecksumSHA256: string }[] = [];
      for (let part: Part | undefined = first; part; part = part.isLast ? undefined : await nextOf(others)) {
        signal?.throwIfAborted();
        const sent: Part = part;
        const numbered = { PartNumber: Parts.length + 1, ChecksumSHA256: sha256Of(sent.bytes) };
        const { ETag } = await this.call(({ sdk, client }) =>
          client.send(new sdk.UploadPartCommand({ ...upload, ...numbered, Body: sent.bytes })),
        );
        Parts.push({ ...numbered, ETag });
        hash.update(sent.bytes);
        size += sent.bytes.length;
      }
      await this.call(({ sdk, client }) =>
        client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
      );
    } catch (error) {
      await this.call(({ sdk, client }) => client.send(new sdk.AbortMultipartUploadCommand(upload))).catch(() => null);
      throw error;
    }
    return { size, sha256: hash.digest('base64') };
  }

  private async readRange(key: string, from: number, signal?: AbortSignal, version?: string) {
    signal?.throwIfAborted();
    const Range = `bytes=${from}-${from + rangeBytes - 1}`;
    const found = await this.call(({ sdk, client }) =>
      client.send(new sdk.GetObjectCommand({ ...this.named(key), Range, ...(version ? { IfMatch: version } : {}) })),
    ).catch(async (error: unknown) => {
      // Nothing lies behind the end, which a service may say so; of a version that was begun the end is known.
      const mayBeEnd = version === undefined && error instanceof ObjectStoreError && error.code === 'refused';
      const size = mayBeEnd ? (await this.head(key))?.size : null;
      if (size === undefined || size === null || from < size) throw error;
      return null;
    });
    if (!found) return { bytes: Buffer.alloc(0), end: from, version };
    const bytes = Buffer.from((await found.Body?.transformToByteArray()) ?? []);
    const whole = Number(found.ContentRange?.split('/')[1]);
    return { bytes, end: Number.isSafeInteger(whole) ? whole : from + bytes.length, version: found.ETag };
  }

  private named(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: key };
  }

  private async call<T>(work: (open: OpenS3) => Promise<T>): Promise<T> {
    try {
      this.opened ??= this.open();
      return await work(await this.opened);
    } catch (error) {
      throw objectStoreErrorOf(error);
    }
  }

  /** The SDK is large: it is loaded with the first call. */
  private async open(): Promise<OpenS3> {
    const sdk = await import('@aws-sdk/client-s3');
    const { endpoint, region, accessKeyId, secretAccessKey } = this.settings;
    const client = new sdk.S3Client({
      region,
      credentials: { accessKeyId, secretAccessKey },
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
      maxAttempts: 3,
      requestHandler: new AwsRequestHandler(this.caller, { maxAnswerBytes: partBytes }),
      // Checksums are given where they matter; not every compatible service knows the SDK's own default.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      expectContinueHeader: false,
    });
    return { sdk, client };
  }
}

const nextOf = async (parts: AsyncGenerator<Part>): Promise<Part | undefined> =>
  ((await parts.next()).value as Part | undefined) ?? undefined;

function nullWhenMissing(error: unknown): null {
  if (error instanceof ObjectStoreError && error.code === 'not_found') return null;
  throw error;
}

/** RFC 6266: a plain name for old readers, and the whole one. */
function attachmentNamed(fileName: string): string {
  const plain = fileName.replace(/[^\w.-]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/g, '_')}`;
}
