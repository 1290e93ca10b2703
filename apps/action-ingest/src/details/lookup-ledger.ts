import type { DetailResultV1 } from '@groundswell/contracts';
import type { ActionState } from '../storing/batch-state';

export type LookupOutcome = DetailResultV1['outcome'];

/** How the look-up of an action stands: `pending` until its result was taken in. */
export type LookupState = 'pending' | 'ended';

/** Which actions of a batch wait until the collector's own service was asked about their supporter (processing.md §8.2). */
export class LookupLedger {
  /** Actions to look up that nobody asked for before. */
  readonly wanted: ActionState[] = [];
  readonly ended = new Map<number, LookupOutcome>();
  private readonly states: Map<number, LookupState>;

  constructor(
    known: ReadonlyMap<number, LookupState> = new Map(),
    private readonly hasBackend: (orgId: number) => boolean = () => false,
  ) {
    this.states = new Map(known);
  }

  /** Before the first stage of an action; asked for by this at the first time. */
  holdsBack(action: ActionState): boolean {
    if (action.status !== 'new' || !this.hasBackend(action.orgId)) return false;
    const state = this.states.get(action.id);
    if (state !== undefined) return state === 'pending';
    this.wanted.push(action);
    this.states.set(action.id, 'pending');
    return true;
  }

  /** False when its result was taken in before, or nobody asked. */
  end(actionId: number, outcome: LookupOutcome): boolean {
    if (this.states.get(actionId) !== 'pending') return false;
    this.states.set(actionId, 'ended');
    this.ended.set(actionId, outcome);
    return true;
  }
}
