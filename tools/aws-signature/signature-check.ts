import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A call as it arrived; `search` is the query as it was written, without its question mark. */
export interface SignedCall {
  method: string;
  path: string;
  search: string;
  headers: IncomingHttpHeaders;
}

export interface SignatureRules {
  service: 'sqs' | 's3' | 'rekognition' | 'transcribe' | 'translate' | 'comprehend';
  region: string;
  secretOf(key: string): string | undefined;
  /** Hash that the signature covers: of the body as it came, or what a header of the call says that it is. */
  payloadHash: string;
}

/** `skewed`: signed too long ago or in the future. `expired`: a pre-signed link after its time. */
export type SignatureFault = 'missing' | 'unknown_key' | 'mismatch' | 'skewed' | 'expired';

export type SignatureResult = { key: string } | { fault: SignatureFault; message: string };

interface Claim {
  key: string;
  date: string;
  region: string;
  service: string;
  signed: string[];
  signature: string;
  signedAt: string;
  /** Of a pre-signed link. */
  expiresSeconds: number | null;
}

const mostSkewMs = 15 * 60_000;
const longestLinkSeconds = 7 * 24 * 3600;
const algorithm = 'AWS4-HMAC-SHA256';
const headerForm = /^AWS4-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;

/** The key a call is signed with (AWS Signature Version 4, in a header or in the query), or what is wrong: the signature is made
 *  again from what arrived, by nothing of the SDK, and compared. */
export function checkSignature(call: SignedCall, rules: SignatureRules): SignatureResult {
  const claim = claimOf(call);
  const signedAt = claim && dateOf(claim.signedAt);
  if (!claim || !signedAt) return { fault: 'missing', message: 'Request is missing Authentication Token' };
  const secret = rules.secretOf(claim.key);
  if (secret === undefined) {
    return { fault: 'unknown_key', message: 'The access key id does not exist in our records.' };
  }
  const fault = faultOfClaim(call, claim, rules) ?? faultOfTime(claim, signedAt);
  if (fault) return fault;
  const expected = signatureOf(call, claim, secret, rules);
  return timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(claim.signature, 'hex'))
    ? { key: claim.key }
    : mismatch('The request signature we calculated does not match the signature you provided.');
}

const mismatch = (message: string) => ({ fault: 'mismatch' as const, message });

function faultOfClaim(call: SignedCall, claim: Claim, rules: SignatureRules) {
  if (claim.service !== rules.service) {
    return mismatch(`Credential should be scoped to correct service: '${rules.service}'.`);
  }
  if (claim.region !== rules.region) return mismatch('Credential should be scoped to a valid region.');
  if (!claim.signedAt.startsWith(claim.date)) return mismatch('Date in Credential scope does not match the date.');
  if (!claim.signed.includes('host')) return mismatch(`'Host' must be a 'SignedHeader' in the AWS Authorization.`);
  const unsigned = Object.keys(call.headers).filter(
    (name) => name.startsWith('x-amz-') && !claim.signed.includes(name),
  );
  if (rules.service === 's3' && unsigned.length > 0) {
    return mismatch(`There were headers present in the request which were not signed: ${unsigned.join(', ')}`);
  }
  return null;
}

function faultOfTime({ expiresSeconds }: Claim, signedAt: Date): { fault: SignatureFault; message: string } | null {
  const ageMs = Date.now() - signedAt.getTime();
  if (expiresSeconds === null) {
    return Math.abs(ageMs) > mostSkewMs ? { fault: 'skewed', message: 'Signature expired.' } : null;
  }
  if (!(expiresSeconds >= 1 && expiresSeconds <= longestLinkSeconds) || ageMs < -mostSkewMs) {
    return mismatch('X-Amz-Expires must be between 1 second and a week');
  }
  return ageMs > expiresSeconds * 1000 ? { fault: 'expired', message: 'Request has expired' } : null;
}

function claimOf({ headers, search }: SignedCall): Claim | null {
  const found = headerForm.exec(headers.authorization ?? '');
  if (found) {
    const [, credential = '', signed = '', signature = ''] = found;
    return claimFrom(credential, signed, signature, String(headers['x-amz-date'] ?? ''), null);
  }
  const query = new Map(pairsOf(search));
  if (query.get('X-Amz-Algorithm') !== algorithm) return null;
  const signature = query.get('X-Amz-Signature') ?? '';
  if (!/^[0-9a-f]{64}$/.test(signature)) return null;
  return claimFrom(
    query.get('X-Amz-Credential') ?? '',
    query.get('X-Amz-SignedHeaders') ?? '',
    signature,
    query.get('X-Amz-Date') ?? '',
    Number(query.get('X-Amz-Expires')),
  );
}

function claimFrom(
  credential: string,
  signed: string,
  signature: string,
  signedAt: string,
  expiresSeconds: number | null,
): Claim | null {
  const [, key, date, region, service] = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential) ?? [];
  if (!key || !date || !region || !service) return null;
  return { key, date, region, service, signed: signed.split(';'), signature, signedAt, expiresSeconds };
}

/** `20261121T134500Z`. */
function dateOf(text: string): Date | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!parts) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  return new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

function signatureOf(call: SignedCall, claim: Claim, secret: string, rules: SignatureRules): string {
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = [algorithm, claim.signedAt, scope, sha256(canonicalRequest(call, claim, rules))].join('\n');
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(toSign).digest('hex');
}

function canonicalRequest(call: SignedCall, { signed }: Claim, { service, payloadHash }: SignatureRules): string {
  const once = call.path.split('/').map((part) => escape(unescape(part)));
  const query = pairsOf(call.search)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .sort();
  const headers = signed.map(
    (name) =>
      `${name}:${String(call.headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}`,
  );
  return [
    call.method,
    // S3 alone takes the path as it is written; everywhere else it is escaped a second time.
    (service === 's3' ? once : once.map(escape)).join('/'),
    query.join('&'),
    ...headers,
    '',
    signed.join(';'),
    payloadHash,
  ].join('\n');
}

const pairsOf = (search: string): [string, string][] =>
  search
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [unescape(part), ''] : [unescape(part.slice(0, at)), unescape(part.slice(at + 1))];
    });

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

export const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
