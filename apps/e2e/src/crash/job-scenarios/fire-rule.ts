import { aSignature, signMutation } from '../../campaign-world';
import type { JobScenario } from '../job-scenario';
import { aRuleWorld, firedOnce, ruleSettings, type RuleWorld } from '../rule-world';

export const scenario: JobScenario<RuleWorld> = {
  job: 'fire-rule',
  service: 'notify-service',
  holdAt: 'notify.outbox',
  settings: ruleSettings,
  prepare: (fleet) => aRuleWorld(fleet, { trigger: 'ACTION_ADDED', effect: 'MAIL' }),
  async start(fleet, { pageId }) {
    await fleet.anonymous.data(signMutation, aSignature({ id: pageId }));
  },
  check: firedOnce,
};
