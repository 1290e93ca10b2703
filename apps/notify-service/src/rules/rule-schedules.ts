import type { JobSchedule } from '@groundswell/jobs';
import type { NotifyConfig } from '../config';
import { checkCounters, checkOverdue, planDigests } from './rule-jobs';

type Intervals = Pick<NotifyConfig, 'RULES_OVERDUE_INTERVAL' | 'RULES_COUNTERS_INTERVAL' | 'RULES_CLOCK_INTERVAL'>;

/** How often rules are looked at. */
export const ruleSchedules = (config: Intervals): JobSchedule[] => [
  { name: 'check-overdue', type: checkOverdue, payload: {}, when: { everyMs: config.RULES_OVERDUE_INTERVAL } },
  { name: 'check-counters', type: checkCounters, payload: {}, when: { everyMs: config.RULES_COUNTERS_INTERVAL } },
  { name: 'plan-digests', type: planDigests, payload: {}, when: { everyMs: config.RULES_CLOCK_INTERVAL } },
];
