import type { CheckResult, HealthRegistry } from '@groundswell/observability';

export interface SigningHealthOptions {
  publisher: { readonly isReady: boolean };
  queues: { readonly isSystemConfirmed: boolean };
  database: { readonly fault: string | null };
  /** `version` is 0 until the catalogue was loaded. */
  catalogue: { readonly version: number };
}

/** Signing works with the catalogue and either of broker and spool; the other one away is a degraded state. */
export class SigningHealth {
  constructor(private readonly options: SigningHealthOptions) {}

  register(health: HealthRegistry): void {
    health.register('broker', () => this.broker(), { critical: false });
    health.register('spool', () => this.spool(), { critical: false });
    health.register('catalogue', () => this.catalogue(), { critical: true });
    health.register('signing', () => this.signing(), { critical: true });
  }

  private broker(): CheckResult {
    const { publisher, queues } = this.options;
    if (!publisher.isReady) return { state: 'degraded', detail: 'the broker takes no publishes' };
    if (!queues.isSystemConfirmed) return { state: 'degraded', detail: 'the ingest queues are not confirmed' };
    return { state: 'up' };
  }

  private spool(): CheckResult {
    const { fault } = this.options.database;
    return fault === null ? { state: 'up' } : { state: 'degraded', detail: fault };
  }

  private catalogue(): CheckResult {
    return this.options.catalogue.version > 0 ? { state: 'up' } : { state: 'down', detail: 'not loaded yet' };
  }

  private signing(): CheckResult {
    const broker = this.broker();
    const spool = this.spool();
    if (broker.state === 'up' || spool.state === 'up') return { state: 'up' };
    return { state: 'down', detail: `${broker.detail}; ${spool.detail}` };
  }
}
