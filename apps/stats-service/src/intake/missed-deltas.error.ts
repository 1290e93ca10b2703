import { TransientError } from '@groundswell/messaging';

/** Deltas were counted that whoever counted anew meanwhile did not hear of. */
export class MissedDeltasError extends TransientError {
  override readonly code = 'stats.missed_deltas';

  constructor() {
    super('deltas were counted meanwhile that were not heard of');
  }
}
