/** Why a message could not be handed to the broker.
 *  - no_channel: no connection or channel, or it closed before the confirm
 *  - blocked: the broker has a memory or disk alarm
 *  - nacked: a queue refused it (full, or its leader failed)
 *  - timeout: no confirm in time
 *  - suspect: too many timeouts in a row, refused until a probe and then a message get through
 *  - too_many_unconfirmed: the limit of messages or bytes on their way is reached
 *  - closed: this publisher was closed */
export type UnavailableReason =
  'no_channel' | 'blocked' | 'nacked' | 'timeout' | 'suspect' | 'too_many_unconfirmed' | 'closed';

/** confirmed: on the broker's disk. returned: no queue for it, not stored anywhere.
 *  unavailable: not known to be stored; with `maybeSent` it may be all the same, so send it again under the same id. */
export type PublishResult =
  | { status: 'confirmed' }
  | { status: 'returned'; replyText: string }
  | { status: 'unavailable'; reason: UnavailableReason; maybeSent: boolean };

export const confirmed: PublishResult = Object.freeze({ status: 'confirmed' });

export const unavailable = (reason: UnavailableReason, maybeSent: boolean): PublishResult => ({
  status: 'unavailable',
  reason,
  maybeSent,
});
