import type { Metrics } from '@groundswell/observability';
import { newestMigration } from '@groundswell/persistence';

/** The release, as package.json at the root has it. */
export const release = '0.1.0';

/** Which program answers here: doctor compares the replicas of a service, and the schema with the database's. */
export function declareBuildInfo(metrics: Metrics): void {
  const info = metrics.gauge('groundswell_build_info', 'Always 1: the release, and the newest migration it knows', [
    'version',
    'schema',
  ]);
  info.set({ version: release, schema: newestMigration }, 1);
}
