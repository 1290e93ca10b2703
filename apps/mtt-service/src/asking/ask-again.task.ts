import type { Database, OutboxMessage, OutboxRelay, OutboxRepository, ScheduledTask } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { EntityManager } from 'typeorm';
import type { MttMetrics } from '../mtt-metrics';
import { CampaignReadModel } from '../pacing/campaign.read-model';
import { ClaimRepository, type MessageSource } from '../pacing/claim.repository';
import { databaseNow } from '../pacing/database-clock';
import type { PacedCampaign } from '../pacing/paced-campaign';
import { mailMessage, targetMail } from './target-mail';
import { UnansweredRepository, type AskingSettings, type UnansweredMessage } from './unanswered.repository';

const messagesAtOnce = 500;

/**
 * Asks once more for mails of which nothing was told: the request or its answer may be lost. The purpose is the same, so
 * nothing is sent twice, and so is the day it counts for. After so many askings it is unknown, and a person must look.
 */
export class AskAgainTask implements ScheduledTask {
  readonly id = 'mtt-ask-again';

  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    private readonly metrics: MttMetrics,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly settings: AskingSettings,
  ) {}

  async run(): Promise<void> {
    const now = await databaseNow(this.database);
    const { repeats, unknown } = await this.askAgain(now);
    this.metrics.askedAgain(repeats, unknown);
    if (repeats > 0) this.logger.warn({ messages: repeats }, 'mails to targets asked for again');
    if (unknown > 0) this.logger.error({ messages: unknown }, 'no answer to mails to targets');
  }

  private async askAgain(now: Date): Promise<{ repeats: number; unknown: number }> {
    const { messages, unknown } = await this.database.transaction(async (manager) => {
      const repository = new UnansweredRepository(manager);
      if (await repository.isHeldUp()) return { messages: [], unknown: 0 };
      const unanswered = await repository.lock(now, this.settings, messagesAtOnce);
      const open = unanswered.filter(({ repeats }) => repeats < this.settings.limit);
      const built = await rebuild(manager, open);
      const openIds = open.map(({ messageId }) => messageId);
      await repository.markTurn([...built.keys()], now, true);
      await repository.markTurn(
        openIds.filter((id) => !built.has(id)),
        now,
        false,
      );
      const lost = unanswered.flatMap(({ messageId, repeats }) => (repeats < this.settings.limit ? [] : [messageId]));
      await repository.markUnknown(lost, 'no answer');
      await this.outbox.insert(manager, [...built.values()], false);
      return { messages: [...built.values()], unknown: lost.length };
    });
    if (messages.length > 0) this.relay.wake();
    return { repeats: messages.length, unknown };
  }
}

/** What there is nothing left of to ask with is left out. */
async function rebuild(
  manager: EntityManager,
  open: readonly UnansweredMessage[],
): Promise<Map<number, OutboxMessage>> {
  const built = new Map<number, OutboxMessage>();
  if (open.length === 0) return built;
  const campaigns = await new CampaignReadModel(manager, 0).ofMessages(open.map(({ campaignId }) => campaignId));
  const campaignOf = new Map(campaigns.map((campaign) => [campaign.campaignId, campaign]));
  const sources = await new ClaimRepository(manager).sources(
    open.map(({ messageId }) => messageId),
    'asked with',
  );
  const sourceOf = new Map(sources.map((source) => [source.messageId, source]));
  for (const message of open) {
    const mail = rebuildOne(campaignOf.get(message.campaignId), sourceOf.get(message.messageId), message);
    if (mail) built.set(message.messageId, mail);
  }
  return built;
}

function rebuildOne(
  campaign: PacedCampaign | undefined,
  source: MessageSource | undefined,
  { attempts, notAfter }: UnansweredMessage,
): OutboxMessage | null {
  if (!campaign || !source || source.unsendable === 'action deleted') return null;
  const built = targetMail(campaign, source, { attempt: attempts + 1, notAfter });
  return 'mail' in built ? mailMessage(built.mail) : null;
}
