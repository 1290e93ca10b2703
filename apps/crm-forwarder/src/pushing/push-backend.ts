/** What a message is: an org may push actions and events to services of their own; a system event goes where actions go, or
 *  where events go when the org pushes no actions (processing.md §8.3, §8.4). */
export type PushKind = 'action' | 'event' | 'system';

/** A service of an org as it is stored now, opened. */
export interface PushEndpoint {
  serviceId: number;
  orgId: number;
  kind: 'webhook' | 'sqs';
  host: string;
  user: string;
  /** In clear; '' where none is set. */
  password: string;
  path: string | null;
  /** Secrets that sign, newest first (Standard Webhooks); none where the org made none. */
  signingSecrets: readonly string[];
}

export interface OutgoingPush {
  /** Of its row. */
  id: string;
  /** Stable over all attempts: `Idempotency-Key` and `webhook-id`. */
  messageId: string;
  kind: PushKind;
  /** The message as it was published: JSON text, sent byte for byte. */
  body: string;
  /** When this attempt was begun. */
  attemptedAt: Date;
}

/** What became of one push in one call. `status`: HTTP status, where there was an answer. `excerpt`: the beginning of the
 *  answer's body, one line, at most 1 KiB. */
export type PushResult = { status?: number; excerpt?: string } & (
  | { outcome: 'delivered' }
  /** `ofEndpoint`: no other message would fare better just now. */
  | { outcome: 'retry'; error: string; retryAfterMs?: number; ofEndpoint?: boolean }
  /** This message can never be delivered; others can. */
  | { outcome: 'failed'; error: string }
  /** The endpoint asks not to be called any more (410): it is disabled, and what waits for it stays. */
  | { outcome: 'gone'; error: string }
);

/** A way to push. Never throws for what an endpoint does; one result per push, in their order. */
export interface PushBackend {
  /** Pushes in one call at most. */
  readonly batchSize: number;
  push(endpoint: PushEndpoint, pushes: readonly OutgoingPush[]): Promise<PushResult[]>;
  /** Waits for calls under way; each ends by its own timeouts. */
  close(): Promise<void>;
}
