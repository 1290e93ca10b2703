import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

const nothing = z.object({});
const position = z.object({ done: z.number().int() });
const ruleId = z.number().int();

/** Mails and events of what a rule fired for. One open job per rule: what fires meanwhile goes with it. */
export const fireRule = defineJob({
  name: 'fire-rule',
  payload: z.object({ ruleId }),
  cursor: position,
  attempts: 8,
  priority: 10,
  concurrency: { perProcess: 1, perOrg: 1 },
});

/** What is unconfirmed, unmoderated or unanswered for too long, of all rules. */
export const checkOverdue = defineJob({
  name: 'check-overdue',
  payload: nothing,
  cursor: z.object({ afterRuleId: ruleId }),
  keepDays: 1,
});

/** Goals, milestones and quotas of all rules. */
export const checkCounters = defineJob({ name: 'check-counters', payload: nothing, cursor: nothing, keepDays: 1 });

/** Which periodic rules are due. */
export const planDigests = defineJob({ name: 'plan-digests', payload: nothing, cursor: nothing, keepDays: 1 });

/** One mail with figures to each recipient of a periodic rule. */
export const sendDigest = defineJob({
  name: 'send-digest',
  payload: z.object({ ruleId, firingId: z.number().int() }),
  cursor: position,
  attempts: 8,
});

export const ruleJobTypes = [fireRule, checkOverdue, checkCounters, planDigests, sendDigest];
