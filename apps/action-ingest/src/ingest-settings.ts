import type { TopologyGateSettings } from '@groundswell/persistence';

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
  /** How often scheduled clean-ups are looked for, and those somebody asked for, ms. */
  retention: { intervalMs: number; pollMs: number };
}
export const ingestSettings = Symbol('ingest settings');
