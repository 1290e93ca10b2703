import { formerSeedsFrom, ReferenceRecipe } from '@groundswell/crypto';
import type { TopologyGateSettings } from '@groundswell/persistence';
import { arePrivateHostsAllowed, envelopeOf, publicUrlOf, type IngestConfig } from './config';
import type { ImportingSettings } from './importing/importing.module';
import type { RecalculationSettings } from './references/recalculate-references.handler';

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
  /** How references are made; null: there is no seed. */
  recipe: ReferenceRecipe | null;
  /** Which queues orgs have. */
  topology: TopologyGateSettings;
  /** How often testing actions of deleted pages are removed, ms. */
  removeEveryMs: number;
  /** How often sent tests of mail to targets are removed, ms. */
  removeTestsEveryMs: number;
  /** How often scheduled clean-ups are looked for, and those somebody asked for, ms. */
  retention: { intervalMs: number; pollMs: number };
  /** Look-ups of details: limits of a call, waits after one that failed, when an action goes on without, all ms. */
  details: {
    connectTimeoutMs: number;
    timeoutMs: number;
    allowPrivate: boolean;
    firstMs: number;
    longestMs: number;
    giveUpMs: number;
    /** How long the look-ups of several batches gather before a job carries them out. */
    gatherMs: number;
  };
}
export const ingestSettings = Symbol('ingest settings');

const recipeOf = ({ FINGERPRINT_SEED, FINGERPRINT_SEED_BEFORE }: IngestConfig): ReferenceRecipe | null =>
  FINGERPRINT_SEED === undefined
    ? null
    : new ReferenceRecipe(FINGERPRINT_SEED, formerSeedsFrom(FINGERPRINT_SEED_BEFORE));

export const settingsOf = (config: IngestConfig): IngestSettings => ({
  publicUrl: publicUrlOf(config),
  replicaId: config.REPLICA_ID,
  rejoinEveryMs: config.PROCESS_OLD_INTERVAL,
  requeueEveryMs: config.REQUEUE_EVERY_MS,
  recipe: recipeOf(config),
  removeEveryMs: config.REMOVE_MARKED_INTERVAL,
  removeTestsEveryMs: config.REMOVE_TESTS_INTERVAL,
  retention: { intervalMs: config.RETENTION_INTERVAL, pollMs: config.RETENTION_POLL_MS },
  details: {
    connectTimeoutMs: config.DETAIL_TIMEOUT_MS,
    timeoutMs: config.DETAIL_TIMEOUT_MS,
    allowPrivate: arePrivateHostsAllowed(config),
    firstMs: config.DETAIL_RETRY_FIRST_MS,
    longestMs: config.DETAIL_RETRY_LONGEST_MS,
    giveUpMs: config.DETAIL_GIVE_UP_MS,
    gatherMs: config.DETAIL_GATHER_MS,
  },
  topology: { aliasByDefault: config.QUEUE_ALIAS, deployedServices: new Set(config.DEPLOYED_SERVICES) },
});

export const importingSettingsOf = (config: IngestConfig): ImportingSettings => ({
  fingerprintSeed: config.FINGERPRINT_SEED ?? null,
  formerSeeds: formerSeedsFrom(config.FINGERPRINT_SEED_BEFORE),
  envelope: envelopeOf(config),
  instanceOrgName: config.ORG_NAME,
  rowsPerSecond: config.IMPORT_ROWS_PER_SECOND,
  rowsPerSecondBesidePeople: config.IMPORT_ROWS_PER_SECOND_BESIDE_PEOPLE,
});

export const recalculationSettingsOf = (config: IngestConfig): RecalculationSettings => ({
  recipe: recipeOf(config),
  envelope: envelopeOf(config),
  instanceOrgName: config.ORG_NAME,
});
