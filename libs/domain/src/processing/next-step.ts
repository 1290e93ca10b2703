import type { EffectiveProcessing } from './effective-processing';
import type { ActionStatus, Stage, SupporterStatus } from './status';

export interface ActionState extends EffectiveProcessing {
  action: ActionStatus;
  /** Null while the action is not linked to a supporter. */
  supporter: SupporterStatus | null;
  withConsent: boolean;
}

export interface Step {
  action: ActionStatus;
  supporter: SupporterStatus;
  /** What is emitted, null when only the statuses change. */
  stage: Stage | null;
}

const deliver: Step = Object.freeze({ action: 'delivered', supporter: 'accepted', stage: 'deliver' });
const moderate: Step = Object.freeze({ action: 'confirming', supporter: 'accepted', stage: 'action_confirm' });
const askSupporter: Step = Object.freeze({ action: 'new', supporter: 'confirming', stage: 'supporter_confirm' });
const reject: Step = Object.freeze({ action: 'rejected', supporter: 'rejected', stage: null });

/** First touch of a supporter. An action without consent waits for the one that carries it. */
function firstStep(state: ActionState): Step | null {
  if (!state.withConsent) return null;
  if (state.supporterConfirm) return askSupporter;
  return state.actionConfirm ? moderate : deliver;
}

/** The table of processing.md 5.2; null when there is nothing to do. Whether the rank turns delivered into repeat is
 *  `isRepeat`'s to say. */
export function nextStep(state: ActionState): Step | null {
  const { action, supporter } = state;
  if (supporter === null) return null;
  switch (action) {
    case 'new':
      if (supporter === 'new') return firstStep(state);
      if (supporter === 'confirming') return null;
      if (supporter === 'rejected') return reject;
      return state.withConsent && state.actionConfirm ? moderate : deliver;
    case 'confirming':
      return supporter === 'rejected' ? reject : null;
    case 'accepted':
      if (supporter === 'rejected') return reject;
      return supporter === 'accepted' ? deliver : null;
    case 'rejected':
    case 'delivered':
    case 'repeat':
      return null;
  }
}
