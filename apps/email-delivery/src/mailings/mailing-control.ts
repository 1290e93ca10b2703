import type { Database } from '@groundswell/persistence';
import { MailingRepository } from './mailing.repository';
import type { MailingSender } from './mailing-sender';

/** `refused`: the mailing is not in a state for it. */
export type ControlResult = 'done' | 'refused' | 'unknown mailing';

/** What an operator may ask of a mailing. Each answer follows the commit. */
export class MailingControl {
  constructor(
    private readonly database: Database,
    private readonly sender: Pick<MailingSender, 'wake'>,
  ) {}

  /** Sends what is not sent of a failed mailing: pending and failed batches only. Of many at a time one does it. */
  async retry(id: number): Promise<ControlResult> {
    const result = await this.database.transaction(async (manager): Promise<ControlResult> => {
      const mailings = new MailingRepository(manager);
      const mailing = await mailings.lock(id);
      if (!mailing) return 'unknown mailing';
      if (mailing.state !== 'failed') return 'refused';
      await mailings.retry(id);
      return 'done';
    });
    if (result === 'done') this.sender.wake();
    return result;
  }

  /** For good. Calls under way end; nobody else is called. */
  async stop(id: number): Promise<ControlResult> {
    const result = await this.database.transaction((manager) => stopMailing(new MailingRepository(manager), id));
    if (result === 'done') this.sender.wake();
    return result;
  }
}

/** In the caller's transaction. One that is being sent ends once its calls have. */
export async function stopMailing(mailings: MailingRepository, id: number): Promise<ControlResult> {
  const mailing = await mailings.lock(id);
  if (!mailing) return 'unknown mailing';
  if (mailing.state === 'submitted' || mailing.state === 'stopped') return 'refused';
  await mailings.askStop(id);
  if (mailing.state === 'submitting') return 'done';
  await mailings.endUnsent(id, 'stopped');
  await mailings.stop(id);
  return 'done';
}
