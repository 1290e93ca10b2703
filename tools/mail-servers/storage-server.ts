import { createHash, createHmac } from 'node:crypto';
import { ProviderServer, type ReceivedCall, type Reply } from './provider-server';

/** Files on loopback, by `bucket/path`. */
abstract class StorageServer extends ProviderServer {
  readonly files = new Map<string, Buffer>();
}

/** Supabase's storage of one project: it answers 400 to what it refuses, the status it means stands in the body. */
export class SupabaseServer extends StorageServer {
  constructor(readonly key: string) {
    super();
  }

  protected handle({ method, path, headers }: ReceivedCall): Reply {
    const name = /^\/storage\/v1\/object\/([^/]+\/.+)$/.exec(path)?.[1];
    if (method !== 'GET' || name === undefined) return refuse('404', 'not_found', 'Route not found');
    if (headers.apikey !== this.key || headers.authorization !== `Bearer ${this.key}`) {
      return refuse('403', 'Unauthorized', 'signature verification failed');
    }
    const file = this.files.get(decodeURIComponent(name));
    if (!file) return refuse('404', 'not_found', 'Object not found');
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: file };
  }
}

const refuse = (statusCode: string, error: string, message: string): Reply => ({
  status: 400,
  body: { statusCode, error, message },
});

/** An endpoint that speaks S3, buckets in the path; it checks signatures of version 4. */
export class S3Server extends StorageServer {
  constructor(
    readonly accessKey: string,
    readonly secretKey: string,
  ) {
    super();
  }

  protected handle(call: ReceivedCall): Reply {
    if (call.headers.authorization !== this.signatureOf(call)) return xml(403, 'SignatureDoesNotMatch');
    const file = this.files.get(decodeURIComponent(call.path.slice(1)));
    if (!file) return xml(404, 'NoSuchKey');
    return { status: 200, headers: { 'content-type': 'binary/octet-stream' }, body: file };
  }

  private signatureOf({ method, path, headers }: ReceivedCall): string {
    const time = String(headers['x-amz-date']);
    const credential = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const names = ['host', 'x-amz-content-sha256', 'x-amz-date'];
    const request = [
      method,
      path,
      '',
      ...names.map((name) => `${name}:${String(headers[name])}`),
      '',
      names.join(';'),
      createHash('sha256').digest('hex'),
    ];
    const hash = createHash('sha256').update(request.join('\n')).digest('hex');
    let key: Buffer = Buffer.from(`AWS4${this.secretKey}`);
    for (const part of credential.split('/')) key = createHmac('sha256', key).update(part).digest();
    const signature = createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256\n${time}\n${credential}\n${hash}`)
      .digest('hex');
    const signed = names.join(';');
    return `AWS4-HMAC-SHA256 Credential=${this.accessKey}/${credential}, SignedHeaders=${signed}, Signature=${signature}`;
  }
}

const xml = (status: number, code: string): Reply => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`,
});
