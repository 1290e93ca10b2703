import { z } from 'zod';
import { commaList, flag, integer, logLevel, milliseconds, port, secret, url } from '@groundswell/config';
import { SecretEnvelope } from '@groundswell/crypto';

/** Every variable of this app. */
export const configSchema = z
  .object({
    /** `production` makes FINGERPRINT_SEED required and switches the checks of our own messages off. */
    NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
    /** Connection of role gs_gateway. */
    DATABASE_URL: url(['postgres', 'postgresql']),
    /** Connections to Postgres at most. */
    DATABASE_POOL_SIZE: integer({ min: 2, max: 200, default: 10, unit: 'connections' }),
    /** How long boot waits for Postgres before it goes on without. */
    DATABASE_WAIT_MS: milliseconds(3_000),
    AMQP_URL: url(['amqp', 'amqps']),
    /** Keeps the last catalogue, so that a gateway boots while Postgres is away; without it, it waits. */
    REDIS_URL: url(['redis', 'rediss']).optional(),
    /** First wait after losing the broker; doubles up to the longest. */
    RECONNECT_FIRST_MS: milliseconds(5_000),
    RECONNECT_LONGEST_MS: milliseconds(300_000),
    PORT: port(4000),
    HOST: z.string().default('127.0.0.1'),
    /** Proxies in front whose X-Forwarded-For is believed, counted from here; with 0 none is. */
    TRUSTED_PROXIES: integer({ min: 0, max: 10, default: 0, unit: 'proxies' }),
    /** Origins whose pages may call us; `*` for all. */
    CORS_ALLOW_ORIGIN: commaList(['*']),
    LOG_LEVEL: logLevel('info'),
    /** Seeds contactRef: changing it makes every known supporter a stranger. */
    FINGERPRINT_SEED: secret().optional(),
    /** Seals secrets at rest: the key itself, or the name of a file that holds it. */
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    /** Name of the instance org. */
    ORG_NAME: z.string().default('instance'),
    /** An instance admin, made once when there is no such user. */
    ADMIN_EMAIL: z.string().optional(),
    ADMIN_PASSWORD: secret().optional(),
    /** cus.* queue names for orgs that do not say otherwise (processing.md §7.3). */
    QUEUE_ALIAS: flag(false),
    /** How often the catalogue's version is compared: a change is in use within 2 s, the comparison included. */
    CATALOGUE_POLL_MS: milliseconds(1_500),
    /** How long what was deleted by mark rests before it is removed: longer than a replica may be cut off from Postgres and
     *  accept by the catalogue it has. */
    MARK_REST: milliseconds(86_400_000),
    /** How often what was deleted by mark is looked at. */
    REMOVE_MARKED_INTERVAL: milliseconds(600_000),
    /** How old counters read by SQL may be. */
    STATS_CACHE_MS: integer({ min: 0, max: 5_000, default: 2_000, unit: 'milliseconds' }),
  })
  .refine((config) => config.NODE_ENV !== 'production' || config.FINGERPRINT_SEED, {
    path: ['FINGERPRINT_SEED'],
    message: 'must be set in production',
  })
  .refine((config) => config.ENVELOPE_KEY || config.ENVELOPE_KEY_FILE, {
    path: ['ENVELOPE_KEY'],
    message: 'neither ENVELOPE_KEY nor ENVELOPE_KEY_FILE is set',
  })
  .refine((config) => !config.ADMIN_EMAIL === !config.ADMIN_PASSWORD, {
    path: ['ADMIN_PASSWORD'],
    message: 'set ADMIN_EMAIL and ADMIN_PASSWORD, or neither',
  });

export type GatewayConfig = Readonly<z.output<typeof configSchema>>;

/** The seed of processing.md §2.7, by which its vectors are made. */
const developmentSeed = '4xFc6MsafPEwc6ME';

/** Outside production there may be none given; then it is the same on every machine. */
export const fingerprintSeedOf = ({ FINGERPRINT_SEED }: Pick<GatewayConfig, 'FINGERPRINT_SEED'>): string =>
  FINGERPRINT_SEED ?? developmentSeed;

/** Throws EnvelopeKeyInvalidError for a key of another form. */
export const envelopeOf = ({ ENVELOPE_KEY, ENVELOPE_KEY_FILE }: GatewayConfig): SecretEnvelope =>
  ENVELOPE_KEY ? SecretEnvelope.fromText(ENVELOPE_KEY) : SecretEnvelope.fromFile(ENVELOPE_KEY_FILE ?? '');

export const initialAdminOf = ({ ADMIN_EMAIL, ADMIN_PASSWORD }: GatewayConfig) =>
  ADMIN_EMAIL && ADMIN_PASSWORD ? { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } : null;
