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
  url,
} from '@groundswell/config';
import { defaultDeployedServices } from '@groundswell/contracts';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...commonVariables(),
    /** The database, with role gs_notify; `sslmode` as libpq has it. */
    DATABASE_URL: url(['postgres', 'postgresql']),
    ...brokerVariables(),
    /** Public base of links in mails: scheme and host, no slash at the end. */
    PUBLIC_URL: z.url().optional(),
    /** Public host name; used with https where PUBLIC_URL is not given. */
    DOMAIN: z.string().default('localhost'),
    /** The instance org, whose backend and templates the mails use. */
    ORG_NAME: instanceOrgName(),
    /** Names this replica; must differ between replicas that run at the same time. */
    REPLICA_ID: replicaId(),
    QUEUE_ALIAS: flag(false),
    /** Services whose queues exist. */
    DEPLOYED_SERVICES: commaList([...defaultDeployedServices]),
    /** Connections to Postgres at most. */
    DATABASE_POOL_SIZE: poolSize({ min: 2, max: 64, default: 5 }),
    /** How often confirms are looked for whose fact never came, ms. */
    MISSED_CONFIRMS_INTERVAL: milliseconds(60_000),
    /** Age from which such a confirm counts as missed, ms. */
    MISSED_CONFIRM_AGE_MS: milliseconds(60_000),
    /** How often supporters who have not confirmed are looked for; how soon a run somebody asks for begins, ms. */
    REMINDER_INTERVAL: milliseconds(3_600_000),
    REMINDER_POLL_MS: milliseconds(5_000),
    /** Supporters a mailout is built from in one transaction. */
    MAILOUT_STEP_SIZE: integer({ min: 1, max: 1_000, default: 500 }),
    /** How often mailouts are ended whose mails are sent; how often messages that await opt-in are looked through, ms. */
    MAILOUT_SETTLE_INTERVAL: milliseconds(15_000),
    AWAITING_INTERVAL: milliseconds(60_000),
    /** How often follow-up items are looked through for volunteers to remind, ms. */
    FOLLOW_UP_REMINDER_INTERVAL: milliseconds(3_600_000),
    /** Between two mails of one rule at least: what it fires for meanwhile is in the next, ms. */
    RULES_MAIL_SPACING_MS: milliseconds(300_000),
    /** How often rules look for what waits too long, for figures and quotas, and for digests that are due, ms. */
    RULES_OVERDUE_INTERVAL: milliseconds(60_000),
    /** How often also for what came into question late or again, ms. */
    RULES_OVERDUE_COMPLETE_INTERVAL: milliseconds(3_600_000),
    RULES_COUNTERS_INTERVAL: milliseconds(60_000),
    RULES_CLOCK_INTERVAL: milliseconds(30_000),
    /** First wait after losing the broker, ms; doubles up to the longest. */
    RECONNECT_FIRST_MS: milliseconds(5_000),
    RECONNECT_LONGEST_MS: milliseconds(300_000),
  })
  .superRefine(checkBrokerTls);

export type NotifyConfig = z.infer<typeof configSchema>;

export const publicUrlOf = (config: Pick<NotifyConfig, 'PUBLIC_URL' | 'DOMAIN'>): string =>
  (config.PUBLIC_URL ?? `https://${config.DOMAIN}`).replace(/\/+$/, '');
