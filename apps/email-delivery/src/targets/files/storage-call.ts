import type { SignatureV4 } from '@smithy/signature-v4';
import type { HttpCall } from '@groundswell/http';
import type { MailAccount } from '../../providers/mail-provider';

/** A storage backend of an org, its secret opened. */
export type StorageAccount = Pick<MailAccount, 'id' | 'name' | 'host' | 'user' | 'password' | 'path'>;

/** How a file is fetched; null for what no backend of that kind can hold. */
export async function storageCall(account: StorageAccount, file: string, at = new Date()): Promise<HttpCall | null> {
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
async function s3Call(account: StorageAccount, path: string, at: Date): Promise<HttpCall | null> {
  const { host, path: bucket } = account;
  const url = `${originOf(host)}/${encodePart(bucket)}/${path}`;
  if (bucket === '' || !URL.canParse(url)) return null;
  const { protocol, host: name, hostname, pathname } = new URL(url);
  const signer = await s3Signer(account, regionOf(name));
  const request = { method: 'GET', protocol, hostname, path: pathname, query: {}, headers: { host: name } };
  const { headers } = await signer.sign(request, { signingDate: at });
  return { method: 'GET', url, headers: { ...headers, accept: '*/*' } };
}

/** Loaded by the first that needs it. */
async function s3Signer({ user, password }: StorageAccount, region: string): Promise<SignatureV4> {
  const [{ SignatureV4: Signer }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
  ]);
  const credentials = { accessKeyId: user, secretAccessKey: password };
  return new Signer({ service: 's3', region, credentials, sha256: Sha256, uriEscapePath: false });
}

/** Where the endpoint names none, what most servers that are not Amazon's take. */
const regionOf = (host: string): string => /(?:^|\.)s3[.-]([a-z0-9-]+)\.amazonaws\.com$/.exec(host)?.[1] ?? 'us-east-1';
