import { Webhook } from 'standardwebhooks';
import type { OutgoingPush, PushEndpoint } from '../pushing/push-backend';

export type WebhookRequest =
  | { headers: Record<string, string> }
  /** `ofEndpoint`: the service's settings are at fault; else this message. */
  | { fault: string; ofEndpoint: boolean };

type Credentials = Pick<PushEndpoint, 'user' | 'password'>;

/** What an id may hold that stands in a header without quoting. */
const plain = /^[\x21-\x7e]+$/;
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** processing.md §8.4: both → Basic, the password alone as it is written, else nothing. */
export function authorizationOf({ user, password }: Credentials): string | undefined {
  if (password === '') return undefined;
  return user === '' ? password : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Headers of one attempt: ours, and those of Standard Webhooks. */
export function requestOf(endpoint: PushEndpoint, push: OutgoingPush): WebhookRequest {
  if (!plain.test(push.messageId)) return { fault: 'the message id cannot be a header', ofEndpoint: false };
  const authorization = authorizationOf(endpoint) ?? '';
  if (!headerText.test(authorization)) return { fault: 'the password cannot be a header', ofEndpoint: true };
  const signatures = signaturesOf(endpoint.signingSecrets, push);
  if (signatures === null) return { fault: 'a signing secret is not whsec_ and base64', ofEndpoint: true };
  return {
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': push.messageId,
      'webhook-id': push.messageId,
      'webhook-timestamp': String(Math.floor(push.attemptedAt.getTime() / 1000)),
      ...(signatures === '' ? {} : { 'webhook-signature': signatures }),
      ...(authorization === '' ? {} : { authorization }),
    },
  };
}

/** One signature per secret, so that whoever knows one of them can verify; null where a secret cannot be read. */
function signaturesOf(secrets: readonly string[], { messageId, attemptedAt, body }: OutgoingPush): string | null {
  try {
    return secrets.map((secret) => new Webhook(secret).sign(messageId, attemptedAt, body)).join(' ');
  } catch {
    // Said by the caller, without the secret.
    return null;
  }
}
