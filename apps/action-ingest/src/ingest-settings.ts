/** What the features of this app need of its configuration. */
export interface IngestSettings {
  /** Base of links in messages, without a slash at the end. */
  publicUrl: string;
  /** Names this replica among the live ones. */
  replicaId: string;
  /** How often references and unlinked actions are joined again, ms. */
  rejoinEveryMs: number;
}
export const ingestSettings = Symbol('ingest settings');
