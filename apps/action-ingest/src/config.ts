import { z } from 'zod';
import {
  brokerVariables,
  checkBrokerTls,
  commaList,
  commonVariables,
  flag,
  instanceOrgName,
  integer,
  milliseconds,
  poolSize,
  replicaId,
  secret,
  url,
} from '@groundswell/config';
import { defaultDeployedServices } from '@groundswell/contracts';
import { formerSeedsFrom, maxFormerSeeds, SecretEnvelope } from '@groundswell/crypto';
import { objectStoreVariables } from '@groundswell/object-store';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...commonVariables(),
    /** The database, with role gs_ingest; `sslmode` as libpq has it. */
    DATABASE_URL: url(['postgres', 'postgresql']),
    ...brokerVariables(),
    /** Public base of links in messages: scheme and host, no slash at the end. */
    PUBLIC_URL: z.url().optional(),
    /** Public host name; used with https where PUBLIC_URL is not given. */
    DOMAIN: z.string().default('localhost'),
    /** Names this replica; must differ between replicas that run at the same time. */
    REPLICA_ID: replicaId(),
    QUEUE_ALIAS: flag(false),
    /** Services whose queues exist. */
    DEPLOYED_SERVICES: commaList([...defaultDeployedServices]),
    /** Messages stored in one transaction at most. */
    BATCH_SIZE: integer({ min: 1, max: 500, default: 500 }),
    /** An incomplete batch goes once nothing more came for this long, or after four times that, ms. */
    BATCH_WAIT_MS: milliseconds(5),
    /** Batches under way at once. */
    BATCH_LANES: integer({ min: 1, max: 16, default: 2 }),
    /** Connections to Postgres at most: one per lane, the relay's and the jobs'. */
    DATABASE_POOL_SIZE: poolSize({ min: 4, max: 64, default: 10 }),
    PROCESS_OLD_INTERVAL: milliseconds(60_000),
    /** How often it is looked for lost queues whose messages have to be sent again, ms. */
    REQUEUE_EVERY_MS: milliseconds(5_000),
    /** How often what was deleted by mark is looked at, ms. */
    REMOVE_MARKED_INTERVAL: milliseconds(600_000),
    /** How often sent tests of mail to targets, and contents no message has, are removed, ms. */
    REMOVE_TESTS_INTERVAL: milliseconds(3_600_000),
    /** How often what orgs have scheduled to be forgotten is looked for; how soon a clean-up somebody asks for begins, ms. */
    RETENTION_INTERVAL: milliseconds(86_400_000),
    RETENTION_POLL_MS: milliseconds(5_000),
    /** How often follow-up items are taken back from guests who did not do them. */
    EXPIRY_INTERVAL: milliseconds(3_600_000),
    /** Opens passwords of orgs' services: the key itself, or the name of a file that holds it. Without it none with a password is asked. */
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    /** Of contact references, as the gateway has it. Without it, or without the key above, no file of actions is imported. */
    FINGERPRINT_SEED: secret().optional(),
    /** Seeds it had before, as the gateway has them; without any no reference is recalculated (docs/references.md). */
    FINGERPRINT_SEED_BEFORE: secret().optional(),
    /** Of the instance org, whose key encrypts contact data. */
    ORG_NAME: instanceOrgName(),
    /** Rows of files published by this process in a second, at most. */
    IMPORT_ROWS_PER_SECOND: integer({ min: 1, max: 10_000, default: 200 }),
    /** The same while people sign, who shall not feel it. */
    IMPORT_ROWS_PER_SECOND_BESIDE_PEOPLE: integer({ min: 1, max: 10_000, default: 50 }),
    /** Services at private and loopback addresses may be called; on by default, except in production. */
    ALLOW_PRIVATE_HOSTS: flag().optional(),
    /** For the whole of one look-up of details (processing.md §8.2). */
    DETAIL_TIMEOUT_MS: milliseconds(5_000),
    /** Waits between look-ups that failed: the first, doubling up to the longest. */
    DETAIL_RETRY_FIRST_MS: milliseconds(5_000),
    DETAIL_RETRY_LONGEST_MS: milliseconds(300_000),
    /** How long an action waits for details before it goes on without them. */
    DETAIL_GIVE_UP_MS: milliseconds(3_600_000),
    /** How long look-ups of an org gather before they are carried out. */
    DETAIL_GATHER_MS: milliseconds(500),
    /** How often look-ups that nobody carries out any more are looked for. */
    DETAIL_SWEEP_INTERVAL: milliseconds(60_000),
    /** Account of AWS that actions are enriched by (docs/enrichment.md): all three, or nothing is enriched. */
    ENRICHMENT_REGION: z.string().optional(),
    ENRICHMENT_ACCESS_KEY_ID: z.string().optional(),
    ENRICHMENT_SECRET_ACCESS_KEY: secret().optional(),
    /** S3 bucket of the attachments, as Transcribe of that account reads it; without it no voice is transcribed. */
    ENRICHMENT_MEDIA_BUCKET: z.string().optional(),
    /** Begins the names of transcriptions; must differ between installations that share an account. */
    ENRICHMENT_JOB_PREFIX: z
      .string()
      .regex(/^[\w.-]{1,100}$/)
      .default('groundswell'),
    /** Of one call. */
    ENRICHMENT_CALL_TIMEOUT_MS: milliseconds(8_000),
    /** Until a transcription is first asked after; the wait doubles up to twenty times that. And when it is given up. */
    ENRICHMENT_POLL_MS: milliseconds(30_000),
    ENRICHMENT_TIMEOUT_MS: milliseconds(86_400_000),
    /** Origin of a server that is asked instead of AWS: a proxy, or in tests. */
    ENRICHMENT_ORIGIN: z.url().optional(),
    ...objectStoreVariables(),
    /** A scanner that is asked about every file that comes with an action (docs/uploads.md). */
    ATTACHMENT_SCAN_URL: url(['http', 'https']).optional(),
    ATTACHMENT_SCAN_TOKEN: secret().optional(),
    ATTACHMENT_SCAN_TIMEOUT_MS: milliseconds(60_000),
    /** How often files are looked for that were sent and never used, and objects that nothing names any more, ms. */
    SWEEP_QUARANTINE_INTERVAL: milliseconds(3_600_000),
    REMOVE_OBJECTS_INTERVAL: milliseconds(300_000),
    /** First wait after losing the broker, ms; doubles up to the longest. */
    RECONNECT_FIRST_MS: milliseconds(5_000),
    RECONNECT_LONGEST_MS: milliseconds(300_000),
  })
  .superRefine(checkBrokerTls)
  .refine((config) => formerSeedsFrom(config.FINGERPRINT_SEED_BEFORE).length <= maxFormerSeeds, {
    path: ['FINGERPRINT_SEED_BEFORE'],
    message: `names more than ${maxFormerSeeds} seeds`,
  });

export type IngestConfig = z.infer<typeof configSchema>;

export const publicUrlOf = (config: Pick<IngestConfig, 'PUBLIC_URL' | 'DOMAIN'>): string =>
  (config.PUBLIC_URL ?? `https://${config.DOMAIN}`).replace(/\/+$/, '');

/** Null where there is no key. Throws EnvelopeKeyInvalidError for a key of another form. */
export function envelopeOf({
  ENVELOPE_KEY,
  ENVELOPE_KEY_FILE,
}: Pick<IngestConfig, 'ENVELOPE_KEY' | 'ENVELOPE_KEY_FILE'>): SecretEnvelope | null {
  if (ENVELOPE_KEY) return SecretEnvelope.fromText(ENVELOPE_KEY);
  return ENVELOPE_KEY_FILE ? SecretEnvelope.fromFile(ENVELOPE_KEY_FILE) : null;
}

export const arePrivateHostsAllowed = ({
  ALLOW_PRIVATE_HOSTS,
  NODE_ENV,
}: Pick<IngestConfig, 'ALLOW_PRIVATE_HOSTS' | 'NODE_ENV'>): boolean => ALLOW_PRIVATE_HOSTS ?? NODE_ENV !== 'production';
