import { TransientError } from '@groundswell/messaging';

/** Another replica writes the figures, or may by now. */
export class NotLeadingError extends TransientError {
  override readonly code = 'stats.not_leading';

  constructor() {
    super('another replica may write the figures');
  }
}
