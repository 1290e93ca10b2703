import { mttDay, mttNotAfter, type TargetShare } from '@groundswell/domain';
import type { Logger } from '@groundswell/observability';
import type { Database, LeaseRepository, OutboxRelay, OutboxRepository, OutboxRow } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { mailMessage, targetMail, type BuiltMail } from '../asking/target-mail';
import type { MessageIntake } from '../intake/message-intake';
import { CampaignReadModel } from './campaign.read-model';
import { ClaimRepository, type Asked, type Broken } from './claim.repository';
import type { PacedCampaign } from './paced-campaign';

/** The right to plan a campaign, checked in each transaction that does. */
export interface PlanningLease {
  name: string;
  fencing: number;
  /** Set once handing over was cut short under it. */
  isCut?: boolean;
}

export interface ClaimTerms {
  lease: PlanningLease;
  now: Date;
  /** Only what was planned for then or earlier; null: whatever waits. */
  dueAt: Date | null;
}

interface Claimed {
  asked: Asked[];
  /** Must not be sent any more: cancelled after the commit, under the intake's lock. */
  unsendable: number[];
  /** Failed after the commit too: counting them before other messages are locked would be a circle of waiting. */
  broken: Broken[];
  rows: OutboxRow[];
  isOffered: boolean;
}

/** Messages of one transaction: their mail requests are held in memory. */
const messagesAtOnce = 500;

/**
 * Hands messages over: state `sending`, the day's count and the mail requests are one transaction, under the lease's fencing
 * number. A message that cannot be sent is left out, and the others go.
 */
export class MessageClaimer {
  constructor(
    private readonly database: Database,
    private readonly leases: LeaseRepository,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    private readonly intake: MessageIntake,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Returns how many were handed over; stops early when the lease is lost or the campaign may not send any more. */
  async claim(campaign: PacedCampaign, shares: readonly TargetShare[], terms: ClaimTerms): Promise<number> {
    let count = 0;
    for (const part of partsOf(shares)) {
      const claimed = await this.database.transaction((manager) => this.claimPart(manager, campaign, part, terms));
      if (!claimed) {
        terms.lease.isCut = true;
        break;
      }
      if (claimed.isOffered) this.relay.offer(claimed.rows);
      await this.intake.withdraw(claimed.unsendable);
      await this.fail(campaign.campaignId, claimed.broken);
      count += claimed.asked.length;
    }
    return count;
  }

  private async fail(campaignId: number, broken: readonly Broken[]): Promise<void> {
    await this.database.run((manager) => new ClaimRepository(manager).fail(broken));
    for (const one of broken) this.logger.warn({ campaignId, ...one }, 'a message of which no mail can be made');
  }

  private async claimPart(
    manager: EntityManager,
    { campaignId, cycleMs }: PacedCampaign,
    shares: readonly TargetShare[],
    { lease, now, dueAt }: ClaimTerms,
  ): Promise<Claimed | null> {
    if (!(await this.leases.holds(manager, lease.name, lease.fencing))) return null;
    const campaign = await new CampaignReadModel(manager, cycleMs).sending(campaignId);
    if (!campaign) return null;
    const [day, notAfter] = [mttDay(campaign, now), mttNotAfter(campaign, now)];
    const claims = new ClaimRepository(manager);
    const picked = await claims.pick(campaignId, shares, { day, maxPerDay: campaign.maxPerTargetPerDay, dueAt });
    const { asked, messages, ...left } = await this.build(claims, campaign, picked, notAfter);
    await claims.markSending(asked, now, { day, notAfter });
    await claims.countDay(
      asked.map(({ messageId }) => messageId),
      day,
      now,
    );
    const isOffered = this.relay.hasRoom(messages);
    return { asked, ...left, rows: await this.outbox.insert(manager, messages, isOffered), isOffered };
  }

  private async build(claims: ClaimRepository, campaign: PacedCampaign, picked: number[], notAfter: Date) {
    const asked: Asked[] = [];
    const unsendable: number[] = [];
    const broken: Broken[] = [];
    const messages = [];
    for (const source of await claims.sources(picked)) {
      const { messageId, targetEmailId } = source;
      if (source.unsendable !== null) unsendable.push(messageId);
      else if (targetEmailId !== null) {
        const built = targetMail(campaign, source, { attempt: source.attempts + 1, notAfter });
        if ('error' in built) broken.push(brokenOf(messageId, built));
        else {
          asked.push({ messageId, targetEmailId });
          messages.push(mailMessage(built.mail));
        }
      }
    }
    return { asked, unsendable, broken, messages };
  }
}

/** Throws what is wrong with the campaign's settings: its messages wait until somebody mends them. */
export function brokenOf(messageId: number, { error, isOfCampaign }: Extract<BuiltMail, { error: string }>): Broken {
  if (isOfCampaign) throw new Error(`settings of the campaign: ${error}`);
  return { messageId, error };
}

/** Shares in parts of so many messages; a larger share is split. */
function partsOf(shares: readonly TargetShare[]): TargetShare[][] {
  const parts: TargetShare[][] = [];
  let part: TargetShare[] = [];
  let room = messagesAtOnce;
  for (const { targetId, count } of shares) {
    for (let left = count; left > 0;) {
      const taken = Math.min(left, room);
      part.push({ targetId, count: taken });
      left -= taken;
      room -= taken;
      if (room > 0) continue;
      parts.push(part);
      part = [];
      room = messagesAtOnce;
    }
  }
  return part.length > 0 ? [...parts, part] : parts;
}
