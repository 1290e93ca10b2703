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
import { SecretEnvelope } from '@groundswell/crypto';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...commonVariables(),
    /** The database, with role gs_mail; `sslmode` as libpq has it. */
    DATABASE_URL: url(['postgres', 'postgresql']),
    ...brokerVariables(),
    /** Opens the passwords of email backends: the key itself, or the name of a file that holds it. */
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    /** Public base of links in mails: scheme and host, no slash at the end. */
    PUBLIC_URL: z.url().optional(),
    /** Public host name; used with https where PUBLIC_URL is not given. */
    DOMAIN: z.string().default('localhost'),
    /** The instance org: sends the mails of accounts and confirms. */
    ORG_NAME: instanceOrgName(),
    /** Signs rewritten sender addresses (email-and-mtt.md §1.5). */
    EMAIL_SRS_KEY: secret().optional(),
    EMAIL_SRS_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9]+$/)
      .default('SRS0'),
    /** Names this replica; must differ between replicas that run at the same time. */
    REPLICA_ID: replicaId(),
    /** Connections to Postgres at most. */
    DATABASE_POOL_SIZE: poolSize({ min: 3, max: 64, default: 10 }),
    /** Further ones, for what is written between two calls. */
    SENDING_POOL_SIZE: integer({ min: 1, max: 64, default: 4, unit: 'connections' }),
    /** How often the catalogue's version is compared. */
    CATALOGUE_POLL_MS: milliseconds(1_500),
    /** Calls to one account at a time, in this process; and to all accounts together. */
    CALLS_PER_ACCOUNT: integer({ min: 1, max: 100, default: 10, unit: 'calls' }),
    CALLS_AT_ONCE: integer({ min: 1, max: 1_000, default: 64, unit: 'calls' }),
    /** How long a claimed mail may take; one that took longer has an unknown end. */
    CALL_LEASE_MS: integer({ min: 1_000, default: 180_000, unit: 'milliseconds' }),
    /** Batches of mailings sent at a time, in this process. */
    MAILING_BATCHES_AT_ONCE: integer({ min: 1, max: 10, default: 2, unit: 'batches' }),
    MAILING_BATCH_SIZE: integer({ min: 1, max: 1_000, default: 1_000, unit: 'recipients' }),
    /** Retries of a batch whose calls fail, and the time before the first, which doubles. */
    MAILING_RETRIES: integer({ min: 0, default: 6, unit: 'retries' }),
    MAILING_RETRY_FIRST_MS: milliseconds(10_000),
    /** A mailing to which nothing happened for this long is stale: it fails, and a person may retry it. */
    MAILING_STALE_MS: milliseconds(86_400_000),
    /** Longest time until a mail that became due is noticed. */
    SEND_POLL_MS: milliseconds(1_000),
    /** How often mails past their time, claims that ended and what was erased are looked for. */
    TIDY_INTERVAL: milliseconds(10_000),
    /** How long rows of webhooks stay, and what is in those that could not be applied. */
    WEBHOOK_KEEP_DAYS: integer({ min: 1, max: 365, default: 14, unit: 'days' }),
    /** How long events of a mail can be matched to it and its supporter. */
    EVENT_MATCH_DAYS: integer({ min: 1, default: 400, unit: 'days' }),
    /** To reach a mail server or provider; and for its answer. */
    PROVIDER_CONNECT_TIMEOUT_MS: milliseconds(5_000),
    PROVIDER_TIMEOUT_MS: milliseconds(30_000),
    /** Whether providers are asked what became of mails, and whether this process does such jobs at all. */
    EVENTS_ENABLED: flag(true),
    JOBS_ENABLED: flag(true),
    /** How often they are asked. */
    EVENTS_TICK_MS: milliseconds(300_000),
    /** How long one process keeps the others from asking: more than one page may take, waiting for a rate limit included. */
    EVENTS_LEASE_MS: integer({ min: 1_000, default: 300_000, unit: 'milliseconds' }),
    /** Whether a thread of its own reads their pages, and the least time between two pages. */
    EVENTS_IN_WORKER: flag(true),
    EVENT_PAGE_GAP_MS: integer({ min: 0, max: 60_000, default: 0, unit: 'milliseconds' }),
    /** How often counts of contacts and mailings are counted anew. */
    RECOUNT_INTERVAL: milliseconds(21_600_000),
    /** What providers keep of their events: nothing older is asked for. */
    EVENTS_RETENTION_DAYS: integer({ min: 1, max: 400, default: 30, unit: 'days' }),
    /** `kind=origin` pairs of providers that are reached elsewhere than at their own address: through a proxy, or in tests. */
    PROVIDER_URLS: commaList([]).refine((pairs) => pairs.every((pair) => /^[a-z]+=https?:\/\/[^\s/]+$/.test(pair)), {
      message: 'must be kind=origin pairs, such as ses=https://proxy.example',
    }),
    /** Mail servers at private and loopback addresses may be called; on by default, except in production. */
    ALLOW_PRIVATE_HOSTS: flag().optional(),
    /** Of all files of a mail to a target; what has more fails. */
    MAIL_FILES_MAX_BYTES: integer({ min: 1, default: 10_485_760, unit: 'bytes' }),
    /** Failures in a row after which an account rests; its first and longest rest, doubling in between. */
    ACCOUNT_FAILURES: integer({ min: 1, default: 5, unit: 'calls' }),
    ACCOUNT_PAUSE_FIRST_MS: milliseconds(10_000),
    ACCOUNT_PAUSE_LONGEST_MS: milliseconds(600_000),
    /** First wait after losing the broker; doubles up to the longest. */
    RECONNECT_FIRST_MS: milliseconds(5_000),
    RECONNECT_LONGEST_MS: milliseconds(300_000),
  })
  .superRefine(checkBrokerTls)
  .refine((config) => config.ENVELOPE_KEY || config.ENVELOPE_KEY_FILE, {
    path: ['ENVELOPE_KEY'],
    message: 'neither ENVELOPE_KEY nor ENVELOPE_KEY_FILE is set',
  })
  .refine((config) => config.NODE_ENV !== 'production' || config.EMAIL_SRS_KEY, {
    path: ['EMAIL_SRS_KEY'],
    message: 'must be set in production',
  })
  .refine((config) => config.CALL_LEASE_MS > 2 * (config.PROVIDER_CONNECT_TIMEOUT_MS + config.PROVIDER_TIMEOUT_MS), {
    path: ['CALL_LEASE_MS'],
    message: 'must be more than twice what a call may take, or calls under way count as lost',
  });

export type MailConfig = Readonly<z.output<typeof configSchema>>;

export const publicUrlOf = (config: Pick<MailConfig, 'PUBLIC_URL' | 'DOMAIN'>): string =>
  (config.PUBLIC_URL ?? `https://${config.DOMAIN}`).replace(/\/+$/, '');

/** Throws EnvelopeKeyInvalidError for a key of another form. */
export const envelopeOf = ({
  ENVELOPE_KEY,
  ENVELOPE_KEY_FILE,
}: Pick<MailConfig, 'ENVELOPE_KEY' | 'ENVELOPE_KEY_FILE'>): SecretEnvelope =>
  ENVELOPE_KEY ? SecretEnvelope.fromText(ENVELOPE_KEY) : SecretEnvelope.fromFile(ENVELOPE_KEY_FILE ?? '');

export const arePrivateHostsAllowed = ({ ALLOW_PRIVATE_HOSTS, NODE_ENV }: MailConfig): boolean =>
  ALLOW_PRIVATE_HOSTS ?? NODE_ENV !== 'production';

/** By kind of provider. */
export const providerUrlsOf = ({ PROVIDER_URLS }: MailConfig): ReadonlyMap<string, string> =>
  new Map(PROVIDER_URLS.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

/** Outside production there may be none given: addresses of one run then mean nothing to the next. */
export const srsSettingsOf = (config: MailConfig, fallbackKey: string): { key: string; prefix: string } => ({
  key: config.EMAIL_SRS_KEY ?? fallbackKey,
  prefix: config.EMAIL_SRS_PREFIX,
});
