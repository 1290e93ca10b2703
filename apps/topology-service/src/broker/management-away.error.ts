import { TransientError } from '@groundswell/messaging';

/** The broker's management API did not answer, or not as it should. */
export class ManagementAwayError extends TransientError {
  override readonly code = 'topology.management_away';
}
