import { TransientError } from '@groundswell/messaging';

/** Another replica reconciles now: whatever this one was about to write is stale. */
export class LeaseLostError extends TransientError {
  override readonly code = 'topology.lease_lost';

  constructor() {
    super('another replica holds the lease');
  }
}
