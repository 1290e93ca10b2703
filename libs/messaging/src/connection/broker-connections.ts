import { BrokerHealth } from './broker-health';
import { RabbitConnection, type RabbitConnectionOptions } from './rabbit-connection';

export interface BrokerConnectionsOptions extends Omit<RabbitConnectionOptions, 'name'> {
  /** Names the connections on the broker: "<serviceName> publish" and "<serviceName> consume". */
  serviceName: string;
}

/** Publishing and consuming on separate connections: an alarm that blocks publishers must not stop acks. */
export class BrokerConnections {
  readonly publish: RabbitConnection;
  readonly consume: RabbitConnection;
  readonly health: BrokerHealth;

  constructor({ serviceName, ...options }: BrokerConnectionsOptions) {
    this.publish = new RabbitConnection({ ...options, name: `${serviceName} publish` });
    this.consume = new RabbitConnection({ ...options, name: `${serviceName} consume` });
    this.health = new BrokerHealth(this.publish, this.consume);
  }

  /** Returns at once; the broker may come later. */
  start(): void {
    this.publish.start();
    this.consume.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.publish.close(), this.consume.close()]);
  }
}
