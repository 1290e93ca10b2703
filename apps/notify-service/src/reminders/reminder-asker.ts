import { exchanges, ingestKey, partitionCount, type RemindSupporterV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef, uuidV7 } from '@groundswell/crypto';
import type {
  Catalogue,
  CatalogueOrg,
  Database,
  OutboxMessage,
  OutboxRelay,
  OutboxRepository,
} from '@groundswell/persistence';
import { DueReminderReadModel, type DueReminder } from './due-reminder.read-model';
import { reminderSettings } from './reminder-settings';
import { ReminderRepository } from './reminder.repository';
import { remindingPages } from './reminding-pages';

/** Reminders found at once, and asked for in one transaction. */
const pageSize = 10_000;
const batchSize = 500;

/** Lane of our own services' messages. */
const systemLane = 0;

/**
 * Asks action-ingest to remind those who have not confirmed: the row of each reminder and its command are one transaction, so
 * each is asked for once, however often and from however many replicas it is looked for. Whom it goes to stays with
 * action-ingest, which also looks once more whether it is still needed.
 */
export class ReminderAsker {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
  ) {}

  /** What is due for this org now, at most `limit` of it. Throws ReminderSettingsError. */
  async due(org: CatalogueOrg, limit = pageSize): Promise<DueReminder[]> {
    const settings = reminderSettings(org.config);
    const pages = settings ? remindingPages(this.catalogue, org) : [];
    if (!settings || settings.maxCount === 0 || pages.length === 0) return [];
    return this.database.run((manager) => new DueReminderReadModel(manager).due(pages, settings, limit));
  }

  /** Returns how many were asked for. Throws ReminderSettingsError. */
  async ask(org: CatalogueOrg): Promise<number> {
    let asked = 0;
    for (let isMore = true; isMore;) {
      const due = await this.due(org);
      let isNew = 0;
      for (let from = 0; from < due.length; from += batchSize) {
        isNew += await this.askBatch(org.id, due.slice(from, from + batchSize));
      }
      asked += isNew;
      isMore = due.length === pageSize && isNew > 0;
    }
    return asked;
  }

  private async askBatch(orgId: number, due: DueReminder[]): Promise<number> {
    const { rows, isClaimed } = await this.database.transaction(async (manager) => {
      const mine = await new ReminderRepository(manager).insertOnce(orgId, due);
      const messages = mine.map(commandMessage);
      const claimed = this.relay.hasRoom(messages);
      return { rows: await this.outbox.insert(manager, messages, claimed), isClaimed: claimed };
    });
    if (isClaimed && rows.length > 0) this.relay.offer(rows);
    return rows.length;
  }
}

function commandMessage({ actionId, ref, number }: DueReminder): OutboxMessage {
  const command: RemindSupporterV1 = {
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'remind_supporter',
    actionId,
    ref: encodeRef(ref),
    reminder: number,
  };
  return {
    messageId: command.id,
    lane: systemLane,
    exchange: exchanges.ingest,
    routingKey: ingestKey(partitionOfRef(ref, partitionCount)),
    type: command.schema,
    headers: {},
    body: JSON.stringify(command),
  };
}
