import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
  mttVariables,
  poolSize,
  secret,
  url,
} from '@groundswell/config';
import { defaultHourlyRules, defaultMttCycleMs } from '@groundswell/domain';
import { formerSeedsFrom, maxFormerSeeds, SecretEnvelope } from '@groundswell/crypto';
import { objectStoreVariables } from '@groundswell/object-store';
import { captchaServices, type CaptchaSettings } from './captcha/captcha-settings';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...commonVariables({ port: 4000, host: '0.0.0.0' }),
    /** The database, with role gs_gateway; `sslmode` as libpq has it. */
    DATABASE_URL: url(['postgres', 'postgresql']),
    /** Connections to Postgres at most. */
    DATABASE_POOL_SIZE: poolSize({ min: 2, max: 200, default: 10 }),
    /** What waiting for a connection should take, ms: once nobody waited less for DB_QUEUE_INTERVAL, who waits twice as long is
     *  told to come again. */
    DB_QUEUE_TARGET: integer({ min: 1, max: 60_000, default: 50, unit: 'milliseconds' }),
    DB_QUEUE_INTERVAL: integer({ min: 1, max: 60_000, default: 1_000, unit: 'milliseconds' }),
    /** How long boot waits for Postgres before it goes on without. */
    DATABASE_WAIT_MS: milliseconds(3_000),
    ...brokerVariables(),
    ...objectStoreVariables(),
    /** Keeps the last catalogue, so that a gateway boots while Postgres is away; without it, it waits. */
    REDIS_URL: url(['redis', 'rediss']).optional(),
    /** First wait after losing the broker; doubles up to the longest. */
    RECONNECT_FIRST_MS: milliseconds(5_000),
    RECONNECT_LONGEST_MS: milliseconds(300_000),
    /** Base of links in events; without it, DOMAIN with https. */
    PUBLIC_URL: z.url().optional(),
    /** Public host name; used with https where PUBLIC_URL is not given. */
    DOMAIN: z.string().default('localhost'),
    /** Proxies in front whose X-Forwarded-For is believed, counted from here; with 0 none is. */
    TRUSTED_PROXIES: integer({ min: 0, max: 10, default: 0, unit: 'proxies' }),
    /** Origins whose pages may call us; `*` for all. */
    CORS_ALLOW_ORIGIN: commaList(['*']),
    /** Seeds contactRef: changing it makes every known supporter a stranger. */
    FINGERPRINT_SEED: secret().optional(),
    /** Seeds it had before, newest first, separated by commas: whoever signs again is joined with their former self (docs/references.md). */
    FINGERPRINT_SEED_BEFORE: secret().optional(),
    /** Seals secrets at rest: the key itself, or the name of a file that holds it. */
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    /** Name of the instance org. */
    ORG_NAME: instanceOrgName(),
    /** An instance admin, made once when there is no such user. */
    ADMIN_EMAIL: z.string().optional(),
    ADMIN_PASSWORD: secret().optional(),
    /** Every contact needs a captcha; else only on pages of campaigns and orgs whose config says `requireCaptcha`. */
    CAPTCHA_REQUIRED: flag(false),
    /** Who checks a captcha when the request does not say. */
    CAPTCHA_SERVICE: z.enum(captchaServices).default('procaptcha'),
    /** Switches hCaptcha on. */
    HCAPTCHA_KEY: secret().optional(),
    HCAPTCHA_URL: url(['https', 'http'], 'https://api.hcaptcha.com/siteverify'),
    /** Switches our own captcha on: where its solutions are checked. */
    PROCAPTCHA_URL: url(['https', 'http']).optional(),
    /** A European Citizens' Initiative: /api serves signing alone, the whole API is at /private/api (graphql-api.md §1.9). */
    ENABLE_ECI: flag(false),
    /** Origin of Stripe's API. */
    STRIPE_API_URL: url(['https', 'http'], 'https://api.stripe.com'),
    /** Checks HS256, HS384 and HS512 of JSON web tokens. */
    JWT_SECRET: secret().optional(),
    /** Public keys for RS256, RS384 and RS512, by their `kid`. */
    JWKS_URL: url(['https', 'http', 'file']).optional(),
    /** Where claims hold the email and whether it is verified: dots separate levels, `[]` is the first of a list. */
    JWT_EMAIL: commaList(['email']),
    JWT_EMAIL_VERIFIED: commaList(['user_metadata.email_verified']),
    /** Any one of them must be named by the token; without them neither is looked at. */
    JWT_ISSUER: commaList([]),
    JWT_AUDIENCE: commaList([]),
    /** Set to anything: tokens need no verified email, and sign in by their `sub` alone. */
    ALLOW_UNVERIFIED_EMAIL: z.string().optional(),
    /** Pages to register, log in and change one's password; on by default, except in production. */
    LOCAL_AUTH_ENABLE: flag().optional(),
    /** Pages that show the mails of the `preview` backend to anybody; on by default, except in production. */
    MAILBOX_ENABLE: flag().optional(),
    /** Takes events at `/webhook/mailjet` and `/webhook/brevo` without a secret: only while providers are moved over to
     *  addresses with one. */
    WEBHOOK_BARE_PATHS: flag(false),
    /** Believed in place of Amazon's hosts when SNS names certificates and subscriptions: for tests. */
    SNS_ORIGIN: url(['https', 'http']).optional(),
    /** Where the single sign-on begins. */
    SSO_HOME_URL: url(['https', 'http']).optional(),
    /** Sign cookies; without them a key made from the envelope key does. */
    SECRET_KEY_BASE: secret().optional(),
    SIGNING_SALT: secret().optional(),
    ...mttVariables({ cycleMs: defaultMttCycleMs, ...defaultHourlyRules }),
    /** Anonymous mutations one network address may send per minute; 0 is no limit. */
    RATE_LIMIT_MUTATIONS: integer({ min: 0, default: 0, unit: 'mutations' }),
    /** cus.* queue names for orgs that do not say otherwise (processing.md §7.3). */
    QUEUE_ALIAS: flag(false),
    /** How often the catalogue's version is compared: a change is in use within 2 s, the comparison included. */
    CATALOGUE_POLL_MS: milliseconds(1_000),
    /** How long what was deleted by mark rests before it is removed: longer than a replica may be cut off from Postgres and
     *  accept by the catalogue it has. */
    MARK_REST: milliseconds(86_400_000),
    /** How often what was deleted by mark is looked at. */
    REMOVE_MARKED_INTERVAL: milliseconds(600_000),
    /** How often the tables of jobs are looked at. */
    JOBS_POLL_MS: milliseconds(10_000),
    /** How often confirm codes, sessions and tokens that ended long ago are removed. */
    EXPIRY_INTERVAL: milliseconds(3_600_000),
    /** How often idle campaigns are closed and dates filled in, where that is on. */
    UPKEEP_INTERVAL: milliseconds(86_400_000),
    /** Live campaigns without an action for that long are closed; 0: none by itself. */
    CLOSE_IDLE_CAMPAIGNS_MONTHS: integer({ min: 0, max: 1_200, default: 0, unit: 'months' }),
    /** Missing start and end dates of campaigns are filled in by their actions. */
    BACKFILL_CAMPAIGN_DATES: flag(false),
    /** How long another service has to answer a question; and action-ingest to erase its part of a person. */
    ANSWER_WAIT_MS: milliseconds(10_000),
    ERASURE_WAIT_MS: milliseconds(8_000),
    /** How old counters may be that are read by SQL, since Redis has none. */
    STATS_CACHE_MS: integer({ min: 0, max: 5_000, default: 2_000, unit: 'milliseconds' }),
    /** How long others may keep `/stats/CAMPAIGN.json`. */
    STATS_MAX_AGE: integer({ min: 0, max: 86_400, default: 5, unit: 'seconds' }),
  })
  .superRefine(checkBrokerTls)
  .refine((config) => config.NODE_ENV !== 'production' || config.FINGERPRINT_SEED, {
    path: ['FINGERPRINT_SEED'],
    message: 'must be set in production',
  })
  .refine((config) => formerSeedsFrom(config.FINGERPRINT_SEED_BEFORE).length <= maxFormerSeeds, {
    path: ['FINGERPRINT_SEED_BEFORE'],
    message: `names more than ${maxFormerSeeds} seeds`,
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

/** Without a slash at the end. */
export const publicUrlOf = (config: Pick<GatewayConfig, 'PUBLIC_URL' | 'DOMAIN'>): string =>
  (config.PUBLIC_URL ?? `https://${config.DOMAIN}`).replace(/\/+$/, '');

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

export const isLocalAuthOn = ({ LOCAL_AUTH_ENABLE, NODE_ENV }: Partial<GatewayConfig>): boolean =>
  LOCAL_AUTH_ENABLE ?? NODE_ENV !== 'production';

export const isMailboxOn = ({ MAILBOX_ENABLE, NODE_ENV }: Partial<GatewayConfig>): boolean =>
  MAILBOX_ENABLE ?? NODE_ENV !== 'production';

const cookieKeyBytes = 32;

/** The same on every replica, and no other key's bytes: the first signs, all are good. One for each envelope key, so that its change
 *  logs nobody out. */
export const cookieKeysOf = (config: GatewayConfig): Buffer[] => {
  const { SECRET_KEY_BASE, SIGNING_SALT = '', ENVELOPE_KEY, ENVELOPE_KEY_FILE } = config;
  const bases = SECRET_KEY_BASE
    ? [SECRET_KEY_BASE]
    : (ENVELOPE_KEY ?? readFileSync(ENVELOPE_KEY_FILE ?? '', 'utf8')).split(/[\s,]+/).filter((key) => key !== '');
  return bases.map((base) =>
    Buffer.from(hkdfSync('sha256', base, SIGNING_SALT, 'groundswell:cookies:1', cookieKeyBytes)),
  );
};

/** Only signing is public, the playground and sockets are off. */
export const isEci = ({ ENABLE_ECI }: Pick<GatewayConfig, 'ENABLE_ECI'>): boolean => ENABLE_ECI;

export const captchaSettingsOf = (config: GatewayConfig): CaptchaSettings => ({
  isRequired: config.CAPTCHA_REQUIRED || isEci(config),
  defaultService: config.CAPTCHA_SERVICE,
  hcaptcha: config.HCAPTCHA_KEY ? { secret: config.HCAPTCHA_KEY, url: config.HCAPTCHA_URL } : null,
  procaptchaUrl: config.PROCAPTCHA_URL ?? null,
});
