import type { JobScenario } from '../job-scenario';
import { aRuleWorld, firedOnce, ruleSettings, type RuleWorld } from '../rule-world';

export const scenario: JobScenario<RuleWorld> = {
  job: 'check-overdue',
  service: 'notify-service',
  holdAt: 'notify.rule_firings',
  settings: ruleSettings,
  prepare: (fleet) => aRuleWorld(fleet, { trigger: 'UNMODERATED', afterHours: 48, effect: 'MAIL' }),
  async start(fleet, { campaignId, pageId }) {
    await fleet.sql.query(
      `insert into actions.actions (campaign_id, action_page_id, action_type, with_consent, processing_status, inserted_at)
       values ($1, $2, 'register', true, 1, now() - interval '3 days')`,
      [campaignId, pageId],
    );
  },
  check: firedOnce,
};
