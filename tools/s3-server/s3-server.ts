import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkSignature, type SignatureFault } from '../aws-signature/signature-check';
import { ObjectFiles } from './object-files';
import { S3Calls, type S3Answer, type S3Call } from './s3-calls';
import { S3Fault } from './s3-fault';
import { xmlOf } from './s3-xml';

export interface S3ServerOptions {
  /** Folder of the objects; what lies there is served again. */
  dir: string;
  port?: number;
  bucket?: string;
  region?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
}

/** What a next call meets instead of its answer. `unavailable` is S3's own 503. */
export type S3Mishap = 'unavailable' | 'silent' | 'reset';

const codeOf: Record<SignatureFault, string> = {
  missing: 'AccessDenied',
  unknown_key: 'InvalidAccessKeyId',
  mismatch: 'SignatureDoesNotMatch',
  skewed: 'RequestTimeTooSkewed',
  expired: 'AccessDenied',
};

/**
 * One bucket of S3 on loopback, path style: signatures of version 4 in headers and pre-signed links, whole objects and uploads in
 * parts, ranges, copies, lists. What it does not know it answers with 501. Browsers of every origin may call it.
 */
export class S3Server {
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Method and key of each call that was let in. */
  readonly log: { method: string; key: string }[] = [];
  private readonly server: Server;
  private readonly calls: S3Calls;
  private readonly mishaps: S3Mishap[] = [];

  constructor(private readonly options: S3ServerOptions) {
    this.bucket = options.bucket ?? 'groundswell';
    this.region = options.region ?? 'us-east-1';
    this.accessKeyId = options.accessKeyId ?? `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
    this.secretAccessKey = options.secretAccessKey ?? randomBytes(20).toString('hex');
    this.calls = new S3Calls(this.bucket, new ObjectFiles(options.dir));
    this.server = createServer((request, response) => void this.take(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What a service is given to use it. */
  get env(): Record<string, string> {
    return {
      OBJECT_STORE_ENDPOINT: this.url,
      OBJECT_STORE_REGION: this.region,
      OBJECT_STORE_BUCKET: this.bucket,
      OBJECT_STORE_ACCESS_KEY_ID: this.accessKeyId,
      OBJECT_STORE_SECRET_ACCESS_KEY: this.secretAccessKey,
    };
  }

  /** Keys that are there, in order. */
  get keys(): string[] {
    return this.calls.files.keys();
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port ?? 0, '127.0.0.1', resolve);
    });
    return this;
  }

  /** `discard` removes the objects. */
  async stop({ discard = false } = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
    if (discard) await rm(this.options.dir, { recursive: true, force: true });
  }

  /** The next `count` calls meet this. */
  failNext(mishap: S3Mishap, count = 1): void {
    for (let at = 0; at < count; at += 1) this.mishaps.push(mishap);
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      if (request.method === 'OPTIONS') return send(response, request, { status: 200, headers: corsOf(request) });
      const mishap = this.mishaps.shift();
      if (mishap === 'silent') return;
      if (mishap === 'reset') return void request.socket.resetAndDestroy();
      if (mishap === 'unavailable') throw new S3Fault(503, 'SlowDown', 'Please reduce your request rate.');
      const call = this.admit(request);
      send(response, request, await this.calls.answer(call));
    } catch (error) {
      const fault = error instanceof S3Fault ? error : new S3Fault(500, 'InternalError', String(error));
      // What is left of the body is not read: the connection cannot serve another call.
      if (!request.complete) response.shouldKeepAlive = false;
      const body = xmlOf('Error', { Code: fault.code, Message: fault.message, RequestId: randomUUID() });
      send(response, request, { status: fault.status, headers: { 'content-type': 'application/xml' }, body });
    }
  }

  private admit(request: IncomingMessage): S3Call {
    const method = request.method ?? '';
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const { headers } = request;
    const isLink = search.includes('X-Amz-Signature=');
    const payloadHash = isLink ? 'UNSIGNED-PAYLOAD' : headers['x-amz-content-sha256'];
    if (payloadHash === undefined) {
      throw new S3Fault(400, 'InvalidRequest', 'Missing required header x-amz-content-sha256');
    }
    const result = checkSignature(
      { method, path, search, headers },
      {
        service: 's3',
        region: this.region,
        payloadHash: String(payloadHash),
        secretOf: (key) => (key === this.accessKeyId ? this.secretAccessKey : undefined),
      },
    );
    if ('fault' in result) throw new S3Fault(403, codeOf[result.fault], result.message);
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
    const call = { method, bucket, key: decodeURIComponent(key), query: new URLSearchParams(search), request };
    this.log.push({ method, key: call.key });
    return call;
  }
}

/** Started on a free port unless one is given. */
export const startS3Server = (options: S3ServerOptions): Promise<S3Server> => new S3Server(options).start();

const corsOf = ({ headers }: IncomingMessage): Record<string, string> => ({
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, PUT',
  'access-control-allow-headers': String(headers['access-control-request-headers'] ?? '*'),
  'access-control-expose-headers': 'etag',
});

function send(response: ServerResponse, request: IncomingMessage, { status, headers = {}, body = '' }: S3Answer): void {
  const common = { ...corsOf(request), 'x-amz-request-id': randomUUID(), date: new Date().toUTCString() };
  if (typeof body !== 'string') {
    response.writeHead(status, { ...common, ...headers });
    body.on('error', () => response.destroy());
    response.on('close', () => body.destroy());
    return void body.pipe(response);
  }
  const length = headers['content-length'] ?? String(Buffer.byteLength(body));
  response.writeHead(status, { ...common, ...headers, ...(status === 204 ? {} : { 'content-length': length }) });
  response.end(request.method === 'HEAD' ? undefined : body);
}
