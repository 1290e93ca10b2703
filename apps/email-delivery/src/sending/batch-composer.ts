import type { ClaimedDelivery } from '../deliveries/delivery';
import type { Composed } from './compose';

export interface BatchLimits {
  /** What is not composed by then waits for another call. */
  deadlineMs: number;
  /** Once its mails carry that much, the call is full. */
  maxBytes: number;
}

export interface BatchMail {
  delivery: ClaimedDelivery;
  /** Null: this call has no time or room for it. */
  composed: Composed | null;
}

/** The mails of one call, one after another. What takes all the time, alone, has had its attempt: so each call comes to its end, and no
 *  mail keeps others from theirs. */
export async function composeBatch(
  deliveries: readonly ClaimedDelivery[],
  compose: (delivery: ClaimedDelivery) => Promise<Composed>,
  { deadlineMs, maxBytes }: BatchLimits,
): Promise<BatchMail[]> {
  const batch: BatchMail[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isFull = false;
  let bytes = 0;
  const timeUp = new Promise<null>((resolve) => (timer = setTimeout(resolve, deadlineMs, null)));
  try {
    for (const delivery of deliveries) {
      const composed: Composed | null = isFull ? null : await Promise.race([composing(compose, delivery), timeUp]);
      if (composed?.kind === 'mail') bytes += bytesOf(composed);
      batch.push({ delivery, composed: composed === null && batch.length === 0 ? tooSlow : composed });
      isFull ||= composed === null || bytes >= maxBytes;
    }
    return batch;
  } finally {
    clearTimeout(timer);
  }
}

const tooSlow: Composed = { kind: 'later', reason: 'composing took too long' };

/** Its failure is nobody's once its time is up. */
function composing(compose: (delivery: ClaimedDelivery) => Promise<Composed>, delivery: ClaimedDelivery) {
  const work = compose(delivery);
  work.catch(() => undefined);
  return work;
}

const bytesOf = ({ mail: { html, text, attachments = [] } }: Extract<Composed, { kind: 'mail' }>): number =>
  (html?.length ?? 0) + (text?.length ?? 0) + attachments.reduce((sum, { content }) => sum + content.length, 0);
