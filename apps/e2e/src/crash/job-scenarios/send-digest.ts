import type { JobScenario } from '../job-scenario';
import { aRuleWorld, firedOnce, makeDue, ruleSettings, type RuleWorld } from '../rule-world';

export const scenario: JobScenario<RuleWorld> = {
  job: 'send-digest',
  service: 'notify-service',
  holdAt: 'notify.outbox',
  settings: ruleSettings,
  prepare: (fleet) => aRuleWorld(fleet, { trigger: 'PERIODIC', schedule: '0 8 1 1 *', effect: 'DIGEST' }),
  async start(fleet, world) {
    await makeDue(fleet, world);
  },
  check: firedOnce,
};
