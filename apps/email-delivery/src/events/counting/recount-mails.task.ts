import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import { RecountRepository, type ContactKey } from './recount.repository';

const contactsAtOnce = 1_000;
const mailingsAtOnce = 500;

/**
 * Counts contacts and mailings anew (email-events.md §10): what is added by transition should never be wrong, and whatever
 * made it wrong does not stay. Contacts of whom no mail is left go. Twice is safe.
 */
export class RecountMailsTask implements ScheduledTask {
  readonly id = 'recount-mails';

  constructor(
    private readonly database: Database,
    private readonly logger: Pick<Logger, 'warn' | 'info'>,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const contacts = await this.recountContacts();
    const mailings = await this.recountMailings();
    if (contacts.removed > 0) this.logger.info({ removed: contacts.removed }, 'contacts without mails removed');
    if (contacts.corrected + mailings > 0) {
      this.logger.warn({ contacts: contacts.corrected, mailings }, 'counts of mails were wrong');
    }
  }

  private async recountContacts(): Promise<{ corrected: number; removed: number }> {
    const total = { corrected: 0, removed: 0 };
    let after: ContactKey | null = null;
    do {
      const last: ContactKey | null = after;
      after = await this.database.transaction(async (manager) => {
        const counts = new RecountRepository(manager);
        const keys = await counts.lockContacts(last, contactsAtOnce);
        if (keys.length === 0) return null;
        const { corrected, removed } = await counts.recountContacts(keys);
        total.corrected += corrected;
        total.removed += removed;
        return keys.length < contactsAtOnce ? null : (keys.at(-1) ?? null);
      });
    } while (after);
    return total;
  }

  /** One at a time: pages of its events wait meanwhile. */
  private async recountMailings(): Promise<number> {
    let corrected = 0;
    let ids: number[] = [];
    do {
      const after = ids.at(-1) ?? 0;
      ids = await this.database.run((manager) => new RecountRepository(manager).mailingIds(after, mailingsAtOnce));
      for (const id of ids) {
        const wasWrong = await this.database.transaction(async (manager) => {
          const counts = new RecountRepository(manager);
          await counts.lockMailing(id);
          return counts.recountMailing(id);
        });
        corrected += Number(wasWrong);
      }
    } while (ids.length === mailingsAtOnce);
    return corrected;
  }
}
