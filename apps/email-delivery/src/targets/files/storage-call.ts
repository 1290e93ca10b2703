import { createHash, createHmac } from 'node:crypto';
import type { HttpCall } from '../../providers/http/http-caller';
import type { MailAccount } from '../../providers/mail-provider';

/** A storage backend of an org, its secret opened. */
export type StorageAccount = Pick<MailAccount, 'id' | 'name' | 'host' | 'user' | 'password' | 'path'>;

/** How a file is fetched; null for what no backend of that kind can hold. */
export function storageCall(account: StorageAccount, file: string, at = new Date()): HttpCall | null {
  const path = encodedPath(file);
  if (path === null) return null;
  if (account.name === 'supabase') return supabaseCall(account, path);
  return account.name === 's3' ? s3Call(account, path, at) : null;
}

/** Each part by itself; null where a part would lead out of its bucket. */
function encodedPath(file: string): string | null {
  const parts = file.split('/');
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return isSafe ? parts.map(encodePart).join('/') : null;
}

/** As signatures of S3 want it: all but the unreserved letters. */
const encodePart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

const originOf = (host: string): string => host.replace(/\/+$/, '');

const supabaseCall = ({ host, password }: StorageAccount, path: string): HttpCall => ({
  method: 'GET',
  url: `${originOf(host)}/storage/v1/object/${path}`,
  headers: { accept: '*/*', authorization: `Bearer ${password}`, apikey: password },
});

/** Bucket in the path, as every endpoint that speaks S3 takes it; signed (AWS Signature Version 4). */
function s3Call({ host, user, password, path: bucket }: StorageAccount, path: string, at: Date): HttpCall | null {
  const address = `${originOf(host)}/${encodePart(bucket)}/${path}`;
  if (bucket === '' || !URL.canParse(address)) return null;
  const { host: name, pathname } = new URL(address);
  const time = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${regionOf(name)}/s3/aws4_request`;
  const signed = { host: name, 'x-amz-content-sha256': emptyHash, 'x-amz-date': time };
  const names = Object.keys(signed).join(';');
  const lines = Object.entries(signed).map(([header, value]) => `${header}:${value}\n`);
  const request = ['GET', pathname, '', lines.join(''), names, emptyHash].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${password}`);
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${user}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { method: 'GET', url: address, headers: { ...signed, accept: '*/*', authorization } };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const emptyHash = sha256('');

/** Where the endpoint names none, what most servers that are not Amazon's take. */
const regionOf = (host: string): string => /(?:^|\.)s3[.-]([a-z0-9-]+)\.amazonaws\.com$/.exec(host)?.[1] ?? 'us-east-1';
