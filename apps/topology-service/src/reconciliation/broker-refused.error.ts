/** The broker's version is known to lose messages: nothing is declared on it. */
export class BrokerRefusedError extends Error {
  readonly code = 'topology.broker_refused';

  constructor(
    readonly version: string,
    readonly why: string,
  ) {
    super(`RabbitMQ ${version} is known to lose messages (${why}), see docs/broker-versions.md`);
    this.name = 'BrokerRefusedError';
  }
}
