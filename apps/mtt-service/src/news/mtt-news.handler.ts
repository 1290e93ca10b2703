import { Inject, Injectable } from '@nestjs/common';
import type { ActionFactV1, MailOutcomeV1, MttReplyV1 } from '@groundswell/contracts';
import { Consumes, done, drop, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { MttNewsV1 } from '../consumers';
import { MessageIntake, type ChangedActions } from '../intake/message-intake';
import { MttMetrics } from '../mtt-metrics';
import { OutcomeApplier } from '../outcomes/outcome-applier';
import { ReplyIntake } from '../replies/reply-intake';

/** Actions that may have messages now, or whose messages must not go any more; what became of mails; what targets answered; and persons who moved.
 *  Twice and in any order is safe: see MessageIntake, OutcomeApplier and ReplyIntake. */
@Consumes('news')
@Injectable()
export class MttNewsHandler implements BatchHandler<MttNewsV1> {
  constructor(
    @Inject(MessageIntake) private readonly intake: MessageIntake,
    @Inject(OutcomeApplier) private readonly applier: OutcomeApplier,
    @Inject(ReplyIntake) private readonly replies: ReplyIntake,
    @Inject(MttMetrics) private readonly metrics: MttMetrics,
  ) {}

  async handleBatch(items: BatchItem<MttNewsV1>[]): Promise<Outcome[]> {
    const messages = items.map(({ message }) => message);
    const facts = messages.flatMap((message) => (message.schema === 'groundswell:facts:1' ? message.facts : []));
    const moves = messages.flatMap((message) =>
      message.schema === 'groundswell:references-moved:1' ? message.moves : [],
    );
    await this.intake.movePersons(moves);
    for (const changed of changedActions(facts)) await this.intake.refresh(changed);
    const ends = new Map<MttNewsV1, Outcome>([
      ...(await this.applyOutcomes(messages.filter(isOutcome))),
      ...(await this.takeReplies(messages.filter(isReply))),
    ]);
    return messages.map((message) => ends.get(message) ?? done());
  }

  private async applyOutcomes(outcomes: MailOutcomeV1[]): Promise<[MttNewsV1, Outcome][]> {
    const isFound = outcomes.length > 0 ? await this.applier.apply(outcomes) : [];
    for (const { outcome } of outcomes) this.metrics.told(outcome);
    return outcomes.map((outcome, index) => [outcome, isFound[index] ? done() : drop('no such message')]);
  }

  private async takeReplies(replies: MttReplyV1[]): Promise<[MttNewsV1, Outcome][]> {
    const ends: [MttNewsV1, Outcome][] = [];
    for (const reply of replies) ends.push([reply, await this.replies.take(reply)]);
    return ends;
  }
}

const isReply = (message: MttNewsV1): message is MttReplyV1 => message.schema === 'groundswell:mtt-reply:1';
const isOutcome = (message: MttNewsV1): message is MailOutcomeV1 => message.schema === 'groundswell:mail-outcome:1';

/** Of one transaction. */
const idsAtOnce = 500;

/** Delivered actions may bring messages, rejected ones take theirs back, with a rejected supporter all of theirs. */
export function changedActions(facts: readonly ActionFactV1[]): ChangedActions[] {
  const actionIds = new Set<number>();
  const supporterIds = new Set<number>();
  for (const { actionId, supporterId, after } of facts) {
    if (after.action === 'delivered' || after.action === 'rejected') actionIds.add(actionId);
    if (after.supporter === 'rejected' && supporterId !== null) supporterIds.add(supporterId);
  }
  return [
    ...partsOf(actionIds).map((part) => ({ actionIds: part })),
    ...partsOf(supporterIds).map((part) => ({ actionIds: [], supporterIds: part })),
  ];
}

function partsOf(ids: ReadonlySet<number>): number[][] {
  const all = [...ids];
  return Array.from({ length: Math.ceil(all.length / idsAtOnce) }, (_, part) =>
    all.slice(part * idsAtOnce, (part + 1) * idsAtOnce),
  );
}
