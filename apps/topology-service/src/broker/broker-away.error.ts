import { TransientError } from '@groundswell/messaging';

/** No AMQP connection, or it went away or stayed silent during a declaration. */
export class BrokerAwayError extends TransientError {
  override readonly code = 'topology.broker_away';
}
