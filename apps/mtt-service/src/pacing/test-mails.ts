import type { Database, LeaseRepository, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { mttDay } from '@groundswell/domain';
import type { Logger } from '@groundswell/observability';
import type { EntityManager } from 'typeorm';
import { mailMessage, targetMail } from '../asking/target-mail';
import type { MessageIntake } from '../intake/message-intake';
import { ClaimRepository, type Broken, type MessageSource } from './claim.repository';
import { brokenOf, type PlanningLease } from './message-claimer';
import type { PacedCampaign } from './paced-campaign';
import { TestMessageRepository } from './test-message.repository';

const dayMs = 24 * 3_600_000;

/** Test actions mail their own supporter, once for each campaign and locale (email-and-mtt.md §5.8). */
export class TestMails {
  constructor(
    private readonly database: Database,
    private readonly leases: LeaseRepository,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    private readonly intake: MessageIntake,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Tests of longer than a day ago are of no use any more. */
  async cancelOld(now: Date): Promise<void> {
    await this.database.run((manager) =>
      new TestMessageRepository(manager).cancelOlderThan(new Date(now.getTime() - dayMs)),
    );
  }

  /** Returns how many were handed over. */
  async plan(campaign: PacedCampaign, lease: PlanningLease, now: Date): Promise<number> {
    const claimed = await this.database.transaction(async (manager) => {
      if (!(await this.leases.holds(manager, lease.name, lease.fencing))) return null;
      const firsts = await new TestMessageRepository(manager).firstOfEachLocale(campaign.campaignId);
      const sources = await new ClaimRepository(manager).sources(firsts);
      const messages = await this.ask(manager, campaign, sources, now);
      const isOffered = this.relay.hasRoom(messages);
      return { sources, rows: await this.outbox.insert(manager, messages, isOffered), isOffered };
    });
    if (!claimed) return 0;
    if (claimed.isOffered) this.relay.offer(claimed.rows);
    const unsendable = claimed.sources.filter((source) => source.unsendable !== null);
    await this.intake.withdraw(unsendable.map(({ messageId }) => messageId));
    return claimed.rows.length;
  }

  private async ask(manager: EntityManager, campaign: PacedCampaign, sources: readonly MessageSource[], now: Date) {
    const claims = new ClaimRepository(manager);
    const tests = new TestMessageRepository(manager);
    const notAfter = new Date(now.getTime() + dayMs);
    const messages = [];
    const broken: Broken[] = [];
    for (const source of sources) {
      if (source.unsendable !== null) continue;
      const { messageId, attempts, targetLocale } = source;
      const built = targetMail(campaign, source, { attempt: attempts + 1, notAfter });
      if ('error' in built) {
        broken.push(brokenOf(messageId, built));
        continue;
      }
      messages.push(mailMessage(built.mail));
      await claims.markSending([{ messageId, targetEmailId: null }], now, { day: mttDay(campaign, now), notAfter });
      await tests.cancelOthers(campaign.campaignId, targetLocale);
    }
    await claims.fail(broken);
    for (const one of broken) {
      this.logger.warn({ campaignId: campaign.campaignId, ...one }, 'a test message of which no mail can be made');
    }
    return messages;
  }
}
