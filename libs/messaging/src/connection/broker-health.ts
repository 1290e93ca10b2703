import type { BrokerState, RabbitConnection } from './rabbit-connection';

/** What a service may expect of the broker right now. */
export class BrokerHealth {
  private last: BrokerState;
  private readonly listeners = new Set<(state: BrokerState) => void>();

  constructor(
    private readonly publish: RabbitConnection,
    private readonly consume: RabbitConnection,
  ) {
    this.last = this.state;
    publish.onChange(() => this.announce());
    consume.onChange(() => this.announce());
  }

  /** The worse of the two connections. */
  get state(): BrokerState {
    if (this.publishing === 'away' || this.consuming === 'away') return 'away';
    return this.publishing === 'blocked' || this.consuming === 'blocked' ? 'blocked' : 'up';
  }

  get publishing(): BrokerState {
    return this.publish.state;
  }

  get consuming(): BrokerState {
    return this.consume.state;
  }

  /** Calls back when `state` changes, returns the function that stops it. */
  onChange(listener: (state: BrokerState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private announce(): void {
    if (this.state === this.last) return;
    this.last = this.state;
    for (const listener of [...this.listeners]) listener(this.state);
  }
}
