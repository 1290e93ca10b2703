import { timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ReceivedCall } from '../mail-servers/provider-server';

export interface SignatureFault {
  code: string;
  message: string;
}

interface Claim {
  key: string;
  date: string;
  region: string;
  service: string;
  signed: string[];
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([^/\s]+)\/(\d{8})\/([^/\s]+)\/([^/\s]+)\/aws4_request, ?SignedHeaders=(\S+), ?Signature=[0-9a-f]{64}$/;
const oldestMs = 15 * 60_000;

/** The key a call is signed with, or what is wrong with the signature: it is made again from what arrived and compared. */
export async function keyOf(
  call: ReceivedCall,
  region: string,
  secretOf: (key: string) => string | undefined,
): Promise<{ key: string } | SignatureFault> {
  const claim = claimOf(call);
  const signedAt = dateOf(call);
  if (!claim || !signedAt) {
    return { code: 'MissingAuthenticationToken', message: 'Request is missing Authentication Token' };
  }
  const secret = secretOf(claim.key);
  if (secret === undefined) {
    return { code: 'InvalidClientTokenId', message: 'The security token included in the request is invalid.' };
  }
  const refuse = (message: string) => ({ code: 'SignatureDoesNotMatch', message });
  if (claim.service !== 'sqs') return refuse(`Credential should be scoped to correct service: 'sqs'.`);
  if (claim.region !== region) return refuse('Credential should be scoped to a valid region.');
  if (!claim.signed.includes('host')) return refuse(`'Host' must be a 'SignedHeader' in the AWS Authorization.`);
  if (Math.abs(Date.now() - signedAt.getTime()) > oldestMs) return refuse('Signature expired.');
  const expected = await signAgain(call, claim, secret, signedAt);
  return isEqual(expected, String(call.headers.authorization))
    ? { key: claim.key }
    : refuse('The request signature we calculated does not match the signature you provided.');
}

function claimOf({ headers }: ReceivedCall): Claim | null {
  const found = form.exec(headers.authorization ?? '');
  if (!found) return null;
  const [, key = '', date = '', region = '', service = '', signed = ''] = found;
  return { key, date, region, service, signed: signed.split(';') };
}

/** `20261121T134500Z`. */
function dateOf({ headers }: ReceivedCall): Date | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'] ?? ''));
  if (!parts) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  return new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

/** The hash of the body is left out of what is handed on, so it is taken from the body and not from what the caller says. */
async function signAgain(call: ReceivedCall, claim: Claim, secret: string, signingDate: Date): Promise<string> {
  const hash = 'x-amz-content-sha256';
  const headers = Object.fromEntries(
    claim.signed.filter((name) => name !== hash).map((name) => [name, String(call.headers[name] ?? '')]),
  );
  const signer = new SignatureV4({
    credentials: { accessKeyId: claim.key, secretAccessKey: secret },
    region: claim.region,
    service: claim.service,
    sha256: Sha256,
    applyChecksum: claim.signed.includes(hash),
  });
  const request = {
    method: call.method,
    protocol: 'http:',
    hostname: String(call.headers.host),
    path: call.path,
    query: Object.fromEntries(call.query),
    headers,
    body: call.body,
  };
  const { headers: signed } = await signer.sign(request, { signingDate, signableHeaders: new Set(claim.signed) });
  return String(signed.authorization);
}

function isEqual(expected: string, found: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(found.replaceAll(/,(?=\S)/g, ', '))];
  return a.length === b.length && timingSafeEqual(a, b);
}
