import type { BrokerHealth } from '@groundswell/messaging';
import type { CheckResult, HealthRegistry } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import type { Alarms } from './alarms';
import type { ReconcileLoop } from './reconcile-loop';

const up: CheckResult = { state: 'up' };
const degraded = (detail: string): CheckResult => ({ state: 'degraded', detail });

/** Ready once any replica has ever confirmed the system queues: from then on an absent broker, database or lease is a reason
 *  to say "degraded", never to be taken out of service. */
export function registerTopologyHealth(
  health: HealthRegistry,
  { loop, database, broker, alarms }: TopologyHealthParts,
): void {
  health.register(
    'system-queues',
    () => (loop.wasSystemConfirmed ? up : { state: 'down', detail: 'never confirmed yet' }),
    { critical: true },
  );
  health.register('database', () => (database.fault ? degraded(database.fault) : up), { critical: false });
  health.register('broker', () => (broker.state === 'up' ? up : degraded(broker.state)), { critical: false });
  health.register('reconciliation', () => (loop.fault ? degraded(loop.fault) : up), { critical: false });
  health.register('queues', () => (alarms.all.length > 0 ? degraded(alarms.all.slice(0, 5).join(', ')) : up), {
    critical: false,
  });
}

export interface TopologyHealthParts {
  loop: Pick<ReconcileLoop, 'wasSystemConfirmed' | 'fault'>;
  database: Pick<Database, 'fault'>;
  broker: Pick<BrokerHealth, 'state'>;
  alarms: Pick<Alarms, 'all'>;
}
