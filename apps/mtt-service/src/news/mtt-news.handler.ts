import { Inject, Injectable } from '@nestjs/common';
import type { ActionFactV1, MailOutcomeV1 } from '@groundswell/contracts';
import { Consumes, done, drop, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { MttNewsV1 } from '../consumers';
import { MessageIntake, type ChangedActions } from '../intake/message-intake';
import { MttMetrics } from '../mtt-metrics';
import { OutcomeApplier } from '../outcomes/outcome-applier';

/** Actions that may have messages now, or whose messages must not go any more; and what became of mails. Twice and in any
 *  order is safe: see MessageIntake and OutcomeApplier. */
@Consumes('news')
@Injectable()
export class MttNewsHandler implements BatchHandler<MttNewsV1> {
  constructor(
    @Inject(MessageIntake) private readonly intake: MessageIntake,
    @Inject(OutcomeApplier) private readonly applier: OutcomeApplier,
    @Inject(MttMetrics) private readonly metrics: MttMetrics,
  ) {}

  async handleBatch(items: BatchItem<MttNewsV1>[]): Promise<Outcome[]> {
    const facts: ActionFactV1[] = [];
    const outcomes: MailOutcomeV1[] = [];
    for (const { message } of items) {
      if (message.schema === 'groundswell:facts:1') facts.push(...message.facts);
      else outcomes.push(message);
    }
    for (const changed of changedActions(facts)) await this.intake.refresh(changed);
    const isFound = outcomes.length > 0 ? await this.applier.apply(outcomes) : [];
    for (const { outcome } of outcomes) this.metrics.told(outcome);
    const found = new Map(outcomes.map((outcome, index) => [outcome, isFound[index]]));
    return items.map(({ message }) =>
      message.schema === 'groundswell:facts:1' || found.get(message) ? done() : drop('no such message'),
    );
  }
}

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
