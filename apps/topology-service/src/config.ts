import { z } from 'zod';
import { brokerVariables, checkBrokerTls, commaList, commonVariables, flag } from '@groundswell/config';
import { integer, milliseconds, secret, url } from '@groundswell/config';
import { defaultDeployedServices } from '@groundswell/contracts';

const mebibyte = 1024 * 1024;

/** Settings of topology-service. Each name carries its unit; what has no default must be set. */
export const configSchema = z
  .object({
    ...commonVariables(),
    /** The database, with role gs_topology; `sslmode` as libpq has it. */
    DATABASE_URL: url(['postgres', 'postgresql']),
    ...brokerVariables(),
    /** Management API of the same broker, with user and password. */
    AMQP_MANAGEMENT_URL: url(['http', 'https']),
    MANAGEMENT_TIMEOUT_MS: milliseconds(5_000),
    /** Seals the passwords of orgs' broker users: the key itself, or the name of a file that holds it. */
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    BROKER_GATEWAY_PASSWORD: secret(),
    BROKER_INGEST_PASSWORD: secret(),
    BROKER_NOTIFY_PASSWORD: secret(),
    BROKER_MAIL_PASSWORD: secret(),
    BROKER_STATS_PASSWORD: secret(),
    BROKER_MTT_PASSWORD: secret(),
    BROKER_FORWARDER_PASSWORD: secret(),
    /** Put before every broker user's name, for a broker that several installations share. */
    BROKER_USER_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9_-]*$/)
      .default(''),
    /** cus.* queue names for orgs that do not say otherwise (processing.md §7.3). */
    QUEUE_ALIAS: flag(false),
    /** Worker queues exist for these, so that messages wait for the release that brings their reader. */
    DEPLOYED_SERVICES: commaList([...defaultDeployedServices]),
    /** Longest time until a drift that nobody told us about is seen. */
    RECONCILE_MS: milliseconds(30_000),
    /** How often the catalogue's version is compared. */
    CATALOGUE_POLL_MS: milliseconds(2_000),
    /** A quorum queue is not counted on before this age. */
    YOUNG_QUEUE_MS: milliseconds(5_000),
    /** How long a replica that died keeps the others from taking over. */
    LEASE_MS: integer({ min: 500, max: 600_000, default: 15_000, unit: 'milliseconds' }),
    /** How long a rejected message waits in system.retry. */
    RETRY_TTL_MS: milliseconds(30_000),
    /** Relays stop publishing for an org whose queue holds this much. */
    QUEUE_STOP_BYTES: integer({ min: 1, default: 256 * mebibyte, unit: 'bytes' }),
    /** They go on below this; 200/256 of QUEUE_STOP_BYTES unless set. */
    QUEUE_RESUME_BYTES: integer({ min: 1, unit: 'bytes' }).optional(),
    /** How often depth and bytes of all queues are looked at. Quorum queues report theirs every 5 s. */
    QUEUE_LOOK_MS: milliseconds(5_000),
    /** How often what waits is written down for the queue monitor; of each minute the worst is kept. */
    QUEUE_SAMPLE_MS: milliseconds(60_000),
    /** How long a queue of an org may hold messages and have no reader, or not move, until that is told. */
    QUEUE_ALERT_AFTER_MS: milliseconds(24 * 3_600_000),
    /** Where orgs' software logs in to the broker, as it is told to them: without user and password. */
    CRM_AMQP_ADDRESS: url(['amqp', 'amqps']).optional(),
    /** The broker's own limit of an org queue; twice QUEUE_STOP_BYTES unless set. */
    QUEUE_MAX_BYTES: integer({ min: 1, unit: 'bytes' }).optional(),
    /** Limit of system.events, whose oldest messages then go. */
    EVENTS_MAX_BYTES: integer({ min: 1, default: 64 * mebibyte, unit: 'bytes' }),
    /** First and longest pause before trying an absent broker again; doubles in between. */
    BROKER_RETRY_FIRST_MS: milliseconds(5_000),
    BROKER_RETRY_MAX_MS: milliseconds(300_000),
  })
  .refine((config) => config.ENVELOPE_KEY || config.ENVELOPE_KEY_FILE, {
    path: ['ENVELOPE_KEY'],
    message: 'neither ENVELOPE_KEY nor ENVELOPE_KEY_FILE is set',
  })
  .superRefine(checkBrokerTls)
  .refine(({ CRM_AMQP_ADDRESS: address }) => address === undefined || !new URL(address).username, {
    path: ['CRM_AMQP_ADDRESS'],
    message: 'must not hold a user or password: it is shown to every org',
  })
  .refine((config) => queueMaxBytes(config) > config.QUEUE_STOP_BYTES, {
    path: ['QUEUE_MAX_BYTES'],
    message: 'must be above QUEUE_STOP_BYTES, or messages that come home find no room',
  })
  .refine((config) => queueResumeBytes(config) < config.QUEUE_STOP_BYTES, {
    path: ['QUEUE_RESUME_BYTES'],
    message: 'must be below QUEUE_STOP_BYTES, or relays stop and go with every message',
  });

export type TopologyConfig = z.output<typeof configSchema>;

export const queueMaxBytes = (config: { QUEUE_MAX_BYTES?: number; QUEUE_STOP_BYTES: number }): number =>
  config.QUEUE_MAX_BYTES ?? 2 * config.QUEUE_STOP_BYTES;

export const queueResumeBytes = (config: { QUEUE_RESUME_BYTES?: number; QUEUE_STOP_BYTES: number }): number =>
  config.QUEUE_RESUME_BYTES ?? Math.floor((config.QUEUE_STOP_BYTES * 200) / 256);

/** As amqplib reads it: no path is the vhost "/". */
export const vhostOf = (amqpUrl: string): string => decodeURIComponent(new URL(amqpUrl).pathname.slice(1)) || '/';
