import { aCampaign, anOrg, aPage, unique, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';

export interface RuleWorld {
  org: TestOrg;
  campaignId: number;
  pageId: number;
  ruleId: number;
}

/** Every scenario of rules wants these. */
export const ruleSettings = {
  'notify-service': {
    RULES_OVERDUE_INTERVAL: '500',
    RULES_OVERDUE_COMPLETE_INTERVAL: '500',
    RULES_COUNTERS_INTERVAL: '500',
    RULES_CLOCK_INTERVAL: '500',
  },
};

/** An org with one owner and one rule; rules of others would be waiting for the same table. */
export async function aRuleWorld(fleet: TestFleet, rule: object): Promise<RuleWorld> {
  await fleet.sql.query('delete from notify.rules');
  await fleet.sql.query('update notify.rule_book set version = version + 1');
  const org = await anOrg(fleet, { withKey: false });
  const campaign = await aCampaign(org);
  const page = await aPage(org, campaign);
  const { added } = await org.owner.data<{ added: { id: number } }>(
    'mutation ($org: String!, $input: RuleInput!) { added: addRule(orgName: $org, input: $input) { id } }',
    { org: org.name, input: { name: unique('rule'), ...rule } },
  );
  return { org, campaignId: campaign.id, pageId: page.id, ruleId: added.id };
}

/** Throws unless it fired once and asked for one mail, which is published. */
export async function firedOnce(fleet: TestFleet, { ruleId }: RuleWorld): Promise<void> {
  const { rows } = await fleet.sql.query<{ fired: number; sent: number; mails: number }>(
    `select (select count(*)::int from notify.rule_firings where rule_id = $1) as fired,
            (select count(*)::int from notify.rule_firings where rule_id = $1 and state = 'sent') as sent,
            (select count(*)::int from notify.outbox_sent where message_id like 'rule:' || $1::bigint || ':%') as mails`,
    [ruleId],
  );
  const [found] = rows;
  if (found?.fired !== 1 || found.sent !== 1 || found.mails !== 1) throw new Error(JSON.stringify(found));
}

/** Its turn has come. */
export const makeDue = (fleet: TestFleet, { ruleId }: RuleWorld) =>
  fleet.sql.query(`update notify.rules set next_run_at = now() - interval '1 minute' where id = $1`, [ruleId]);
