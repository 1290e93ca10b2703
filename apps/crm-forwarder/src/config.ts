import { z } from 'zod';
import { checkBrokerTls, commaList, flag, integer, milliseconds, secret } from '@groundswell/config';
import { SecretEnvelope } from '@groundswell/crypto';
import { defaultDeployedServices } from '@groundswell/contracts';
import { serviceVariables } from '@groundswell/service';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...serviceVariables({ poolSize: 8 }),
    /** Opens passwords and signing secrets of services: the key itself, or the name of a file that holds it. */
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    QUEUE_ALIAS: flag(false),
    /** Services whose queues exist. */
    DEPLOYED_SERVICES: commaList([...defaultDeployedServices]),
    /** How often the catalogue's version is compared: services and orgs. */
    CATALOGUE_POLL_MS: milliseconds(2_000),
    /** Longest time until a push that became due is noticed. */
    PUSH_POLL_MS: milliseconds(1_000),
    /** Calls under way to the endpoints of one org, in this process; and to all together. */
    CALLS_PER_ORG: integer({ min: 1, max: 100, default: 4, unit: 'calls' }),
    CALLS_AT_ONCE: integer({ min: 1, max: 1_000, default: 64, unit: 'calls' }),
    /** How long a claimed push may take; one that took longer is due again. */
    PUSH_LEASE_MS: integer({ min: 1_000, default: 60_000, unit: 'milliseconds' }),
    /** To reach an endpoint; and for its answer (processing.md §8.4). */
    PUSH_CONNECT_TIMEOUT_MS: milliseconds(5_000),
    PUSH_TIMEOUT_MS: milliseconds(10_000),
    /** First wait after a failed attempt; those after it grow to about three days in all (see the README). */
    PUSH_RETRY_FIRST_MS: milliseconds(5_000),
    /** An endpoint without any success for this long, and failures all the while, is disabled and its owners told. */
    PUSH_DISABLE_AFTER_MS: milliseconds(432_000_000),
    /** How long attempts stay, and whom a delivered or dropped push was about; its id stays for good. */
    PUSH_KEEP_DAYS: integer({ min: 1, max: 400, default: 30, unit: 'days' }),
    /** How often claims that ended, what was erased and what is too old are looked for. */
    TIDY_INTERVAL: milliseconds(10_000),
    /** Endpoints at private and loopback addresses may be called; on by default, except in production. */
    ALLOW_PRIVATE_HOSTS: flag().optional(),
    /** Origin of an SQS-compatible server that is asked instead of AWS: a proxy, or in tests. */
    SQS_URL: z.url().optional(),
  })
  .superRefine(checkBrokerTls)
  .refine((config) => config.ENVELOPE_KEY || config.ENVELOPE_KEY_FILE, {
    path: ['ENVELOPE_KEY'],
    message: 'neither ENVELOPE_KEY nor ENVELOPE_KEY_FILE is set',
  })
  .refine((config) => config.PUSH_LEASE_MS > 2 * (config.PUSH_CONNECT_TIMEOUT_MS + config.PUSH_TIMEOUT_MS), {
    path: ['PUSH_LEASE_MS'],
    message: 'must be more than twice what a call may take, or calls under way are made again',
  });

export type ForwarderConfig = Readonly<z.output<typeof configSchema>>;

/** Throws EnvelopeKeyInvalidError for a key of another form. */
export const envelopeOf = ({
  ENVELOPE_KEY,
  ENVELOPE_KEY_FILE,
}: Pick<ForwarderConfig, 'ENVELOPE_KEY' | 'ENVELOPE_KEY_FILE'>): SecretEnvelope =>
  ENVELOPE_KEY ? SecretEnvelope.fromText(ENVELOPE_KEY) : SecretEnvelope.fromFile(ENVELOPE_KEY_FILE ?? '');

export const arePrivateHostsAllowed = ({ ALLOW_PRIVATE_HOSTS, NODE_ENV }: ForwarderConfig): boolean =>
  ALLOW_PRIVATE_HOSTS ?? NODE_ENV !== 'production';
