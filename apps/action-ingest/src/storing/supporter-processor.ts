import type { ActionFactV1 } from '@groundswell/contracts';
import {
  dupeRank,
  effectiveProcessing,
  isCountedAction,
  isRepeat,
  mayClearCopies,
  nextStep,
  withoutTransientFields,
  type ActionStatus,
  type Step,
  type SupporterStatus,
} from '@groundswell/domain';
import { LookupLedger } from '../details/lookup-ledger';
import type { ActionState, SupporterState } from './batch-state';
import type { CounterLedger } from './counter-ledger';
import type { Emission } from './emission';
import type { RankLedger } from './rank-ledger';
import { partitionOf } from './reference';

/** Runs the state machine of processing.md §5.2 over the actions of a supporter: ranks, emissions, clearing, counters. */
export class SupporterProcessor {
  constructor(
    private readonly ranks: RankLedger,
    private readonly counters: CounterLedger,
    private readonly emission: Emission,
    private readonly touchedActions: Set<ActionState>,
    private readonly lookups = new LookupLedger(),
  ) {}

  /** Takes every step that is possible now; the action with consent goes first, the others follow it. */
  run(supporter: SupporterState): void {
    for (let moved = true; moved;) {
      moved = false;
      const byConsent = [...supporter.actions].sort(
        (a, b) => Number(b.withConsent) - Number(a.withConsent) || a.id - b.id,
      );
      for (const action of byConsent) {
        const step = this.stepOf(action, supporter);
        if (!step) continue;
        this.take(step, action, supporter);
        moved = true;
      }
    }
  }

  /** Changes a supporter's status outside of a step, by a command. Leaving `accepted` hands rank 0 to the next in line. */
  setStatus(supporter: SupporterState, status: SupporterStatus, successors: SupporterState[]): void {
    if (supporter.status === status) return;
    const wasAccepted = supporter.status === 'accepted';
    if (status === 'accepted') this.accept(supporter);
    else supporter.status = status;
    supporter.isChanged = true;
    for (const action of supporter.actions) this.touchedActions.add(action);
    if (!wasAccepted || status === 'accepted') return;
    this.ranks.withdraw(supporter);
    this.count(supporter);
    if (supporter.rank === 0) this.promoteNext(supporter, successors);
  }

  setActionStatus(action: ActionState, status: ActionStatus): void {
    if (action.status === status) return;
    const wasCounted = isCountedAction(action);
    action.status = status;
    action.isChanged = true;
    this.touchedActions.add(action);
    const isCounted = isCountedAction(action);
    if (wasCounted === isCounted) return;
    const { supporter } = action;
    this.counters.addAction(
      {
        ref: supporter?.ref ?? null,
        partition: supporter?.partition ?? partitionOf(action.ref ?? ''),
        supporterId: supporter?.id ?? null,
        area: supporter?.area ?? null,
        pageId: action.pageId,
        actionType: action.actionType,
      },
      isCounted ? 1 : -1,
    );
  }

  private stepOf(action: ActionState, supporter: SupporterState): Step | null {
    const { campaign, collector } = this.emission.surroundingsOf(action);
    const step = nextStep({
      action: action.status,
      supporter: supporter.status,
      withConsent: action.withConsent,
      ...effectiveProcessing({ campaign, org: collector }),
    });
    return step?.stage && this.lookups.holdsBack(action) ? null : step;
  }

  private take(step: Step, action: ActionState, supporter: SupporterState): void {
    const wasAccepted = supporter.status === 'accepted';
    if (step.stage !== null && !wasAccepted) {
      supporter.rank = dupeRank({
        acceptedOthers: this.ranks.acceptedOthers(supporter),
        rank: supporter.rank,
        wasAccepted,
      });
    }
    if (step.supporter !== supporter.status) {
      if (step.supporter === 'accepted') this.accept(supporter);
      else supporter.status = step.supporter;
      supporter.isChanged = true;
    }
    const repeats = isRepeat({
      rank: supporter.rank,
      samePage: this.ranks.hasOtherOnPage(supporter),
      withConsent: action.withConsent,
      delivers: step.stage === 'deliver',
    });
    this.setActionStatus(action, repeats ? 'repeat' : step.action);
    if (step.stage) this.emission.emitStage(step.stage, action, supporter);
    if (step.stage === 'deliver') this.clear(action, supporter);
  }

  /** Rank becomes final now: 0 for the first one accepted in the campaign (processing.md §5.4). */
  private accept(supporter: SupporterState): void {
    supporter.rank = this.ranks.acceptedOthers(supporter);
    supporter.status = 'accepted';
    this.ranks.accept(supporter);
    this.count(supporter);
  }

  private count(supporter: SupporterState): void {
    this.counters.setCounted(
      supporter.ref,
      supporter.partition,
      supporter.id,
      supporter.area,
      supporter.status === 'accepted' && supporter.rank === 0,
    );
  }

  /** The next accepted signature of the same person counts instead; what was a repeat of the rejected one is none now. */
  private promoteNext(rejected: SupporterState, successors: SupporterState[]): void {
    const next = successors.find(
      (candidate) =>
        candidate.campaignId === rejected.campaignId &&
        candidate.ref === rejected.ref &&
        candidate.id !== rejected.id &&
        candidate.status === 'accepted',
    );
    if (!next) return;
    next.rank = 0;
    next.isChanged = true;
    this.count(next);
    for (const action of next.actions) {
      if (action.status === 'repeat') this.setActionStatus(action, 'delivered');
    }
  }

  /** What only the messages needed goes, unless another action with consent still waits for its own (processing.md §3.2). */
  private clear(action: ActionState, supporter: SupporterState): void {
    const { campaign } = this.emission.surroundingsOf(action);
    if (campaign.transientActions.length > 0) {
      action.fields = withoutTransientFields(action.actionType, action.fields, campaign.transientActions);
    }
    // The action itself is delivered by now, so it holds nothing back.
    if (!mayClearCopies(supporter.actions)) return;
    for (const copy of supporter.clearAtDeliver) {
      if (supporter[copy] === null) continue;
      supporter[copy] = null;
      supporter.isChanged = true;
    }
  }
}

/** The fact that tells other services about an action of this batch; null when its statuses did not move. */
export function factOf(action: ActionState): ActionFactV1 | null {
  const after = { action: action.status, supporter: action.supporter?.status ?? null };
  const { before } = action;
  if (before && before.action === after.action && before.supporter === after.supporter) return null;
  return {
    name: before ? 'action.changed' : 'action.added',
    actionId: action.id,
    supporterId: action.supporter?.id ?? null,
    campaignId: action.campaignId,
    actionPageId: action.pageId,
    orgId: action.orgId,
    actionType: action.actionType,
    testing: action.testing,
    withConsent: action.withConsent,
    area: action.supporter?.area ?? null,
    before,
    after,
    rank: action.supporter?.rank ?? null,
    at: action.acceptedAt.toISOString(),
  };
}
