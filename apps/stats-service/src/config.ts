import { z } from 'zod';
import { checkBrokerTls, integer, milliseconds, url } from '@groundswell/config';
import { objectStoreVariables } from '@groundswell/object-store';
import { serviceVariables } from '@groundswell/service';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...serviceVariables({ poolSize: 5 }),
    ...objectStoreVariables(),
    /** Where gateways read figures; without it they read the database. */
    REDIS_URL: url(['redis', 'rediss']).optional(),
    /** How often campaigns that changed are counted anew and compared; 0: never. In production 60000 unless set. */
    SYNC_INTERVAL: integer({ min: 0, unit: 'milliseconds' }).optional(),
    /** How long a replica that says nothing keeps the others from counting. */
    LEADER_LEASE_MS: integer({ min: 1_000, default: 10_000, unit: 'milliseconds' }),
    /** How often the leader looks after Redis, missing deltas and what people asked for. */
    POLL_MS: milliseconds(1_000),
    /** How long a delta may be missing until everything is counted anew; three times that where none came after it. More than
     *  action-ingest needs to publish what a process of it left behind. */
    GAP_WAIT_MS: milliseconds(20_000),
    /** Longest time to count one campaign anew for a check, and all of them for the first time. */
    CHECK_LIMIT_MS: integer({ min: 100, default: 30_000, unit: 'milliseconds' }),
    COUNT_LIMIT_MS: integer({ min: 1_000, default: 3_600_000, unit: 'milliseconds' }),
    /** Public base of links in mails: scheme and host, no slash at the end; without it, DOMAIN with https. */
    PUBLIC_URL: z.url().optional(),
    DOMAIN: z.string().default('localhost'),
    /** How often reports past their time, and withdrawn ones, lose their files. */
    TIDY_REPORTS_INTERVAL: milliseconds(300_000),
  })
  .superRefine(checkBrokerTls);

export type StatsConfig = Readonly<z.output<typeof configSchema>>;

export const publicUrlOf = ({ PUBLIC_URL, DOMAIN }: Pick<StatsConfig, 'PUBLIC_URL' | 'DOMAIN'>): string =>
  (PUBLIC_URL ?? `https://${DOMAIN}`).replace(/\/+$/, '');

const productionSyncMs = 60_000;

export const syncIntervalOf = ({ SYNC_INTERVAL, NODE_ENV }: StatsConfig): number =>
  SYNC_INTERVAL ?? (NODE_ENV === 'production' ? productionSyncMs : 0);
