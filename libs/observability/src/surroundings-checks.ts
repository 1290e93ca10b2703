import type { HealthRegistry } from './health-registry';

/** What a worker needs around it, as far as its health goes. */
export interface Surroundings {
  /** `fault`: why it does not answer; null while it does. */
  database: { readonly fault: string | null };
  broker: { readonly state: string };
  /** `version` is 0 until the catalogue was read once. */
  catalogue: { readonly version: number };
}

/** A worker without database or catalogue is not ready; without the broker it waits, and is degraded (design.md §4). */
export function registerSurroundings(health: HealthRegistry, { database, broker, catalogue }: Surroundings): void {
  health.register(
    'database',
    () => (database.fault === null ? { state: 'up' } : { state: 'down', detail: database.fault }),
    { critical: true },
  );
  health.register(
    'broker',
    () => (broker.state === 'up' ? { state: 'up' } : { state: 'degraded', detail: broker.state }),
    { critical: false },
  );
  health.register(
    'catalogue',
    () => (catalogue.version > 0 ? { state: 'up' } : { state: 'down', detail: 'not loaded yet' }),
    { critical: true },
  );
}
