import type { ActionStatus, SupporterStatus } from '../processing/status';

export interface CountableAction {
  status: ActionStatus;
  testing: boolean;
}

export interface CountableSupporter {
  status: SupporterStatus;
  dupeRank: number | null;
}

/** Counts in actionCount by type: no deduplication, but repeats and testing actions are left out (9.1). */
export const isCountedAction = ({ status, testing }: CountableAction): boolean =>
  !testing && (status === 'accepted' || status === 'delivered');

/** Makes the supporter count, in the action's campaign and for the owner of the action's page (9.1). */
export const isCountedPair = (action: CountableAction, supporter: CountableSupporter | null): boolean =>
  supporter !== null && supporter.status === 'accepted' && supporter.dupeRank === 0 && isCountedAction(action);
