import type { TopologyGateSettings } from '@groundswell/persistence';
import { publicUrlOf, type IngestConfig } from './config';

/** What the features of this app need of its configuration. */
export interface IngestSettings {
  /** Base of links in messages, without a slash at the end. */
  publicUrl: string;
  /** Names this replica among the live ones. */
  replicaId: string;
  /** How often references and unlinked actions are joined again, ms. */
  rejoinEveryMs: number;
  /** How often lost queues are looked for, ms. */
  requeueEveryMs: number;
  /** Which queues orgs have. */
  topology: TopologyGateSettings;
  /** How often testing actions of deleted pages are removed, ms. */
  removeEveryMs: number;
  /** How often sent tests of mail to targets are removed, ms. */
  removeTestsEveryMs: number;
  /** How often scheduled clean-ups are looked for, and those somebody asked for, ms. */
  retention: { intervalMs: number; pollMs: number };
}
export const ingestSettings = Symbol('ingest settings');

export const settingsOf = (config: IngestConfig): IngestSettings => ({
  publicUrl: publicUrlOf(config),
  replicaId: config.REPLICA_ID,
  rejoinEveryMs: config.PROCESS_OLD_INTERVAL,
  requeueEveryMs: config.REQUEUE_EVERY_MS,
  removeEveryMs: config.REMOVE_MARKED_INTERVAL,
  removeTestsEveryMs: config.REMOVE_TESTS_INTERVAL,
  retention: { intervalMs: config.RETENTION_INTERVAL, pollMs: config.RETENTION_POLL_MS },
  topology: { aliasByDefault: config.QUEUE_ALIAS, deployedServices: new Set(config.DEPLOYED_SERVICES) },
});
