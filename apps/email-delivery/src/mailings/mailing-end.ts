import type { Database } from '@groundswell/persistence';
import { MailingRepository } from './mailing.repository';

/** Says how a mailing ended once no batch is left to send. Free of order and safe to run twice: the batches' states decide,
 *  so a batch that is confirmed later makes a failed mailing a submitted one. */
export async function endMailing(database: Pick<Database, 'transaction'>, id: number): Promise<void> {
  await database.transaction(async (manager) => {
    const mailings = new MailingRepository(manager);
    const mailing = await mailings.lock(id);
    if (!mailing?.isPrepared || !['submitting', 'failed'].includes(mailing.state)) return;
    if (mailing.isStopAsked || mailing.isTooLate) {
      await mailings.endUnsent(id, mailing.isStopAsked ? 'stopped' : 'too late');
    }
    // In one look: a batch that is claimed meanwhile must be seen before or after that.
    const { inHand, pending, submitted, failed, unconfirmed } = await mailings.batchCounts(id);
    if (inHand > 0) return;
    if (mailing.isStopAsked) return mailings.stop(id);
    if (mailing.state === 'submitting' && pending > 0) return;
    if (failed + unconfirmed + pending === 0) return mailings.submit(id);
    // A mailing that was failed as a whole keeps its reason until somebody retries it.
    if (mailing.state === 'failed' && pending > 0) return;
    await mailings.fail(id, failureOf({ submitted, failed, unconfirmed }));
  });
}

export function failureOf({
  submitted,
  failed,
  unconfirmed,
}: {
  submitted: number;
  failed: number;
  unconfirmed: number;
}): string {
  const doubt = `${unconfirmed} ${unconfirmed === 1 ? 'batch' : 'batches'} could not be confirmed`;
  if (failed === 0) return doubt;
  const failure = submitted + unconfirmed > 0 ? 'partially sent, retry the rest' : 'sending failed';
  return unconfirmed > 0 ? `${failure}; ${doubt}` : failure;
}
