import type { JobScenario } from '../job-scenario';
import { aRuleWorld, firedOnce, ruleSettings, type RuleWorld } from '../rule-world';

export const scenario: JobScenario<RuleWorld> = {
  job: 'check-counters',
  service: 'notify-service',
  holdAt: 'notify.rule_counters',
  settings: ruleSettings,
  prepare: (fleet) => aRuleWorld(fleet, { trigger: 'GOAL', figure: 'SUPPORTERS', values: [100], effect: 'MAIL' }),
  async start(fleet, { org, campaignId }) {
    await fleet.sql.query('insert into stats.counters (campaign_id, kind, id, count) values ($1, 0, $2, 120)', [
      campaignId,
      org.id,
    ]);
  },
  check: firedOnce,
};
