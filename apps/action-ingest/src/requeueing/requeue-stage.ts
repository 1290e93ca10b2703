import type { ActionStatus, Stage, SupporterStatus } from '@groundswell/domain';

/** The stage whose message an action in these statuses waits for or had last; null when it has none (processing.md §8.1). */
export function requeueStage(action: ActionStatus, supporter: SupporterStatus): Stage | null {
  if ((action === 'delivered' || action === 'repeat') && supporter === 'accepted') return 'deliver';
  if (action === 'new' && supporter === 'confirming') return 'supporter_confirm';
  if (action === 'confirming' && supporter === 'accepted') return 'action_confirm';
  return null;
}

/** Whether a person's requeue selects it at all; what it selects without a stage counts as failed. */
export const isRequeueSelected = (action: ActionStatus, supporter: SupporterStatus): boolean =>
  ['new', 'confirming', 'delivered', 'repeat'].includes(action) && ['confirming', 'accepted'].includes(supporter);
