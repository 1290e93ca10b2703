import { StringDecoder } from 'node:string_decoder';
import { cleanError } from '@groundswell/http';
import type { PushEndpoint } from '../pushing/push-backend';
import { authorizationOf } from './webhook-request';

const maxBytes = 1024;
/** How much of an answer is read for it: a secret that begins within the excerpt is seen whole. */
export const excerptReadBytes = 2 * maxBytes;

/** What of the request an endpoint might send back and nobody may read: passwords, tokens and signing secrets. `url`: with
 *  user and password, where the address holds them. */
export function secretsOf(endpoint: Pick<PushEndpoint, 'user' | 'password' | 'signingSecrets'>, url: string): string[] {
  const { username, password } = new URL(url);
  const ofUrl = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  const credentials = [endpoint, ofUrl].flatMap((one) => [one.password, authorizationOf(one) ?? '']);
  return [
    // Also the token alone, without the scheme before it.
    ...credentials.flatMap((text) => [text, text.replace(/^[a-z][\w-]*\s+(?=\S+$)/i, '')]),
    ...endpoint.signingSecrets.flatMap((text) => [text, text.replace(/^whsec_/, '')]),
  ].filter((text) => text !== '');
}

/** As it is, and as JSON and forms write it. */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const withSlashes = [json, ascii].map((text) => text.replaceAll('/', '\\/'));
  return [secret, json, ascii, ...withSlashes, encodeURIComponent(secret)];
}

/** The beginning of an answer's body, one line of at most 1 KiB, without addresses and without `secrets`. */
export function excerptOf(text: string, secrets: readonly string[]): string {
  const spellings = [...new Set(secrets.flatMap(spellingsOf))].sort((one, other) => other.length - one.length);
  const withoutSecrets = spellings.reduce((left, spelling) => left.replaceAll(spelling, '[REDACTED]'), text);
  const bytes = Buffer.from(cleanError(withoutSecrets, maxBytes), 'utf8').subarray(0, maxBytes);
  // Leaves out a character that the limit cuts apart.
  return new StringDecoder('utf8').write(bytes);
}
