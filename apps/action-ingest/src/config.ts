import { hostname } from 'node:os';
import { z } from 'zod';
import { commaList, flag, integer, logLevel, milliseconds, port, secret } from '@groundswell/config';
import { defaultDeployedServices } from '@groundswell/contracts';

/** Every variable of this app. */
export const configSchema = z.object({
  /** Connection of role gs_ingest. */
  DATABASE_URL: secret(),
  AMQP_URL: secret(),
  PORT: port(4100),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: logLevel('info'),
  /** Public base of links in messages: scheme and host, no slash at the end. */
  PUBLIC_URL: z.url().optional(),
  /** Public host name; used with https where PUBLIC_URL is not given. */
  DOMAIN: z.string().default('localhost'),
  /** Names this replica; must differ between replicas that run at the same time. */
  REPLICA_ID: z.string().default(`${hostname()}-${process.pid}`),
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
  DATABASE_POOL_SIZE: integer({ min: 4, max: 64, default: 10 }),
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
  /** First wait after losing the broker, ms; doubles up to the longest. */
  RECONNECT_FIRST_MS: milliseconds(5_000),
  RECONNECT_LONGEST_MS: milliseconds(300_000),
});

export type IngestConfig = z.infer<typeof configSchema>;

export const publicUrlOf = (config: Pick<IngestConfig, 'PUBLIC_URL' | 'DOMAIN'>): string =>
  (config.PUBLIC_URL ?? `https://${config.DOMAIN}`).replace(/\/+$/, '');
