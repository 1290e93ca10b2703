import { z } from 'zod';
import { checkBrokerTls, integer, milliseconds, mttVariables } from '@groundswell/config';
import { defaultHourlyRules, defaultMttCycleMs, type HourlyRules } from '@groundswell/domain';
import { serviceVariables } from '@groundswell/service';

/** Every variable of this app. */
export const configSchema = z
  .object({
    ...serviceVariables({ poolSize: 5 }),
    ...mttVariables({ cycleMs: defaultMttCycleMs, ...defaultHourlyRules }),
    /** How often campaigns that drip are planned, ms; once a cycle unless set. */
    MTT_TICK: milliseconds().optional(),
    /** How often campaigns by the hour are looked at for what is due, ms. */
    MTT_HOURLY_POLL_MS: milliseconds(5_000),
    /** How long a planner that died keeps the others from its campaign, ms. */
    MTT_LEASE_MS: integer({ min: 1_000, max: 600_000, default: 60_000, unit: 'milliseconds' }),
    /** Messages one cycle plans at most for each ten targets. */
    MAX_MESSAGES_PER_CYCLE: integer({ min: 1, max: 10_000, default: 99, unit: 'messages' }),
    /** How often messages are looked for that no fact told of, or whose action is gone, ms. */
    MTT_SWEEP_INTERVAL: milliseconds(60_000),
    /** How often it is looked up where live campaigns stand, for the metrics, ms; the first time after half of it. */
    MTT_OBSERVE_INTERVAL: milliseconds(60_000),
    /** First wait for email-delivery's answer before the same mail is asked for again, ms; doubles with each. */
    MTT_ASK_AGAIN_MS: milliseconds(900_000),
    /** Askings without an answer after which a message is unknown, and an alarm. */
    MTT_ASK_LIMIT: integer({ min: 1, max: 50, default: 6, unit: 'askings' }),
    /** Soft bounces after which an address gets no more mail. */
    MTT_SOFT_BOUNCE_LIMIT: integer({ min: 1, max: 100, default: 1, unit: 'bounces' }),
    /** How long answers of targets are kept, and how often old and erased ones are looked for. */
    REPLY_KEEP_DAYS: integer({ min: 1, max: 3_650, default: 400, unit: 'days' }),
    REPLY_FORGET_INTERVAL: milliseconds(600_000),
  })
  .superRefine(checkBrokerTls);

export type MttConfig = Readonly<z.output<typeof configSchema>>;

export const hourlyRulesOf = (config: Pick<MttConfig, 'MTT_HOURLY_CAP' | 'MTT_HOUR_RATIOS'>): HourlyRules => ({
  perHour: config.MTT_HOURLY_CAP,
  ratios: config.MTT_HOUR_RATIOS,
});
