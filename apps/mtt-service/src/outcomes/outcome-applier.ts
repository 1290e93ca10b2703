import { applyOutcome, applyToAddress, parseCustomId, type MessageOutcome } from '@groundswell/domain';
import type { MailOutcomeV1 } from '@groundswell/contracts';
import type { Database } from '@groundswell/persistence';
import type { Pair } from '../intake/intake.repository';
import { IntakeRepository } from '../intake/intake.repository';
import { RankRepository } from '../intake/rank.repository';
import { OutcomeRepository, type ToldAddress, type ToldMessage } from './outcome.repository';

/** A message that came to its end, as far as anybody knows now. */
export interface EndedMessage {
  campaignId: number;
  state: 'sent' | 'failed';
}

/** Applies what became of mails to their messages and addresses. The rules are libs/domain's: any order and repetition end
 *  alike. */
export class OutcomeApplier {
  constructor(
    private readonly database: Database,
    private readonly softBounceLimit: number,
    /** Told after the commit, test mails aside. */
    private readonly onEnded: (messages: readonly EndedMessage[]) => void = () => undefined,
  ) {}

  /** False where the mail is none of ours. */
  async apply(outcomes: readonly MailOutcomeV1[]): Promise<boolean[]> {
    const ids = outcomes.map(messageIdOf);
    const known = ids.flatMap((id) => (id === null ? [] : [id]));
    const { isFound, ended } = await this.database.transaction(async (manager) => {
      // Before any row, as the intake does: whoever ranks waits for nobody that waits for it.
      const mayCancel = outcomes.some(({ outcome }) => outcome === 'cancelled');
      if (mayCancel) await new IntakeRepository(manager).lock();
      const repository = new OutcomeRepository(manager);
      const messages = await repository.lockMessages([...new Set(known)]);
      const addresses = await repository.lockAddresses(
        messages.flatMap(({ targetEmailId }) => (targetEmailId === null ? [] : [targetEmailId])),
      );
      const changes = new OutcomeChanges(messages, addresses, this.softBounceLimit);
      const isFound = outcomes.map((outcome, index) => changes.apply(ids[index] ?? null, outcome));
      await repository.saveMessages(changes.changedMessages);
      await repository.giveDaysBack(changes.returned);
      await repository.saveAddresses(changes.changedAddresses);
      // The next message of the same person to the same target takes the place.
      await new RankRepository(manager).rank(changes.cancelled);
      return { isFound, ended: changes.ended };
    });
    this.onEnded(ended);
    return isFound;
  }
}

function messageIdOf({ customId }: MailOutcomeV1): number | null {
  const about = parseCustomId(customId);
  return about?.type === 'mtt' ? about.id : null;
}

/** What a batch of outcomes changes, in memory. */
class OutcomeChanges {
  readonly returned: { targetId: string; plannedOn: string }[] = [];
  readonly cancelled: Pair[] = [];
  readonly ended: EndedMessage[] = [];
  private readonly messages: Map<number, ToldMessage>;
  private readonly addresses: Map<number, ToldAddress>;
  private readonly changedMessageIds = new Set<number>();
  private readonly changedAddressIds = new Set<number>();

  constructor(
    messages: readonly ToldMessage[],
    addresses: readonly ToldAddress[],
    private readonly softBounceLimit: number,
  ) {
    this.messages = new Map(messages.map((message) => [message.messageId, message]));
    this.addresses = new Map(addresses.map((address) => [address.targetEmailId, address]));
  }

  get changedMessages(): ToldMessage[] {
    return [...this.messages.values()].filter(({ messageId }) => this.changedMessageIds.has(messageId));
  }

  get changedAddresses(): ToldAddress[] {
    return [...this.addresses.values()].filter(({ targetEmailId }) => this.changedAddressIds.has(targetEmailId));
  }

  apply(messageId: number | null, told: MailOutcomeV1): boolean {
    const message = messageId === null ? undefined : this.messages.get(messageId);
    if (!message) return false;
    const { outcome: kind, attempt, error, at } = told;
    const outcome: MessageOutcome = { kind, attempt: attempt ?? null, error, at: new Date(at) };
    this.changeAddress(message, outcome);
    // A bounce else means that the mail went out first; this one says why the call was refused, and its end is told by itself.
    const next = told.isRefusal ? null : applyOutcome(message, outcome);
    const isFirstSoftBounce = kind === 'soft_bounce' && !message.softBounced;
    if (next || isFirstSoftBounce) {
      this.change(message, { ...message, ...next, softBounced: message.softBounced || isFirstSoftBounce });
    }
    return true;
  }

  private change(before: ToldMessage, after: ToldMessage): void {
    const { messageId, campaignId, targetId, fingerprint, testing, plannedOn } = before;
    const { state } = after;
    if ((state === 'sent' || state === 'failed') && before.state !== state && !testing) {
      this.ended.push({ campaignId, state });
    }
    this.changedMessageIds.add(messageId);
    if (before.state !== after.state && after.state === 'cancelled' && !testing) {
      this.cancelled.push({ targetId, fingerprint });
    }
    if (before.state !== after.state && after.state === 'pending' && plannedOn !== null) {
      if (!testing) this.returned.push({ targetId, plannedOn });
      this.messages.set(messageId, { ...after, plannedOn: null });
    } else this.messages.set(messageId, after);
  }

  private changeAddress(message: ToldMessage, outcome: MessageOutcome): void {
    const { targetEmailId, askedAt, softBounced, attempts } = message;
    // An older asking may have gone to another address.
    if (outcome.kind === 'returned' && outcome.attempt !== attempts) return;
    const address = targetEmailId === null ? undefined : this.addresses.get(targetEmailId);
    if (!address) return;
    const mail = { askedAt, hasBounced: softBounced };
    const next = applyToAddress(address, mail, outcome, this.softBounceLimit);
    if (!next) return;
    this.addresses.set(address.targetEmailId, { ...next, targetEmailId: address.targetEmailId });
    this.changedAddressIds.add(address.targetEmailId);
  }
}
