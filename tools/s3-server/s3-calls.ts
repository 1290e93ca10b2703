import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ObjectFiles, StoredObject } from './object-files';
import { receiveBody } from './received-body';
import { notImplemented, S3Fault } from './s3-fault';
import { elementsOf, xmlOf } from './s3-xml';

export interface S3Call {
  method: string;
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  query: URLSearchParams;
  request: IncomingMessage;
}

export interface S3Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Readable;
}

const xml = (body: string): S3Answer => ({ status: 200, headers: { 'content-type': 'application/xml' }, body });
const quoted = (etag: string): string => `"${etag}"`;
const largestObject = 5 * 1024 ** 3;
const mostXmlBytes = 2 * 1024 * 1024;

/** What S3 does with a call whose signature was good. */
export class S3Calls {
  constructor(
    private readonly bucket: string,
    readonly files: ObjectFiles,
  ) {}

  async answer(call: S3Call): Promise<S3Answer> {
    const { method, bucket, key, query } = call;
    if (bucket !== this.bucket) throw new S3Fault(404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (key === '') return this.answerForBucket(call);
    if (Buffer.byteLength(key) > 1024) throw new S3Fault(400, 'KeyTooLongError');
    const uploadId = query.get('uploadId');
    if (uploadId !== null) return this.answerForUpload(call, uploadId);
    if (method === 'POST' && query.has('uploads')) return this.begin(call);
    if (method === 'PUT') return this.put(call);
    if (method === 'GET' || method === 'HEAD') return this.get(call);
    if (method !== 'DELETE') throw notImplemented(method);
    await this.files.remove(key);
    return { status: 204 };
  }

  private answerForBucket({ method, query }: S3Call): S3Answer {
    if (method === 'HEAD') return { status: 200 };
    if (method !== 'GET' || query.get('list-type') !== '2') throw notImplemented(`${method} of a bucket`);
    if (query.has('delimiter')) throw notImplemented('delimiter');
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const most = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
    const name = query.get('encoding-type') === 'url' ? encodeURIComponent : (key: string) => key;
    const isBehind = (key: string) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
    const found = this.files.keys().filter((key) => key.startsWith(prefix) && isBehind(key));
    const keys = found.slice(0, most);
    const isMore = found.length > keys.length;
    return xml(
      xmlOf('ListBucketResult', {
        Name: this.bucket,
        Prefix: name(prefix),
        KeyCount: keys.length,
        MaxKeys: most,
        IsTruncated: isMore,
        ...(isMore ? { NextContinuationToken: keys.at(-1) ?? '' } : {}),
        Contents: keys.map((key) => {
          const { modifiedAt, etag, size } = this.files.get(key);
          return { Key: name(key), LastModified: modifiedAt, ETag: quoted(etag), Size: size, StorageClass: 'STANDARD' };
        }),
      }),
    );
  }

  private async put({ key, request }: S3Call): Promise<S3Answer> {
    const { headers } = request;
    const source = headers['x-amz-copy-source'];
    if (source !== undefined) return this.copy(key, String(source));
    if (Number(headers['content-length']) > largestObject) throw new S3Fault(400, 'EntityTooLarge');
    const body = await receiveBody(request, this.files.incoming);
    const { etag, checksumSha256 } = await this.files.put(key, typeOf(request), body);
    return { status: 200, headers: { etag: quoted(etag), ...checksumHeader(checksumSha256) } };
  }

  private async copy(key: string, source: string): Promise<S3Answer> {
    const [, bucket, from] = /^\/?([^/]+)\/([^?]+)/.exec(source) ?? [];
    if (bucket !== this.bucket || from === undefined) throw new S3Fault(404, 'NoSuchBucket');
    const { etag, modifiedAt } = await this.files.copy(decodeURIComponent(from), key);
    return xml(xmlOf('CopyObjectResult', { ETag: quoted(etag), LastModified: modifiedAt }));
  }

  private get({ method, key, query, request }: S3Call): S3Answer {
    const object = this.files.get(key);
    const { headers } = request;
    const wanted = headers['if-match'];
    if (wanted !== undefined && wanted !== quoted(object.etag)) throw new S3Fault(412, 'PreconditionFailed');
    const range = rangeOf(headers.range, object.size);
    const length = range ? range.end - range.start + 1 : object.size;
    const found = {
      'content-type': query.get('response-content-type') ?? object.contentType,
      'content-length': String(length),
      'accept-ranges': 'bytes',
      'last-modified': new Date(object.modifiedAt).toUTCString(),
      etag: quoted(object.etag),
      ...headerFrom(query, 'response-content-disposition', 'content-disposition'),
      ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${object.size}` } : {}),
      ...(headers['x-amz-checksum-mode'] === 'ENABLED' && !range ? checksumHeader(object.checksumSha256) : {}),
    };
    const status = range ? 206 : 200;
    if (method === 'HEAD' || length === 0) return { status, headers: found };
    return { status, headers: found, body: this.files.read(object, range ?? { start: 0, end: object.size - 1 }) };
  }

  private begin({ key, request }: S3Call): S3Answer {
    const UploadId = this.files.begin(key, typeOf(request));
    return xml(xmlOf('InitiateMultipartUploadResult', { Bucket: this.bucket, Key: key, UploadId }));
  }

  private async answerForUpload({ method, key, query, request }: S3Call, id: string): Promise<S3Answer> {
    const upload = this.files.upload(id, key);
    if (method === 'DELETE') {
      await this.files.abort(id, key);
      return { status: 204 };
    }
    if (method === 'PUT') {
      const number = Number(query.get('partNumber'));
      if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new S3Fault(400, 'InvalidArgument');
      const body = await receiveBody(request, this.files.incoming);
      const replaced = upload.parts.get(number);
      upload.parts.set(number, { ...body, number });
      if (replaced) await rm(replaced.file, { force: true });
      return { status: 200, headers: { etag: quoted(body.md5), ...checksumHeader(body.checksumSha256) } };
    }
    if (method !== 'POST') throw notImplemented(`${method} of an upload`);
    const parts = elementsOf(await textOf(request), 'Part').map((part) => ({
      number: Number(part.get('PartNumber')),
      etag: part.get('ETag') ?? '',
    }));
    const { etag } = await this.files.complete(id, key, parts);
    return xml(xmlOf('CompleteMultipartUploadResult', { Bucket: this.bucket, Key: key, ETag: quoted(etag) }));
  }
}

const typeOf = ({ headers }: IncomingMessage): string => headers['content-type'] ?? 'binary/octet-stream';

const checksumHeader = (sum: StoredObject['checksumSha256']): Record<string, string> =>
  sum === null ? {} : { 'x-amz-checksum-sha256': sum, 'x-amz-checksum-type': 'FULL_OBJECT' };

const headerFrom = (query: URLSearchParams, parameter: string, header: string): Record<string, string> =>
  query.has(parameter) ? { [header]: query.get(parameter) ?? '' } : {};

/** One range of bytes; of anything else the whole object is sent, as S3 does. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || end < start) throw new S3Fault(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > mostXmlBytes) throw new S3Fault(400, 'MalformedXML');
  }
  return Buffer.concat(chunks).toString('utf8');
}
