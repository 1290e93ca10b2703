import type { RuleTrigger } from '@groundswell/contracts';
import type { Database } from '@groundswell/persistence';
import type { Occurrence, Rule } from './rule';
import { RuleRepository } from './rule.repository';

/** Rules that may fire, at one version. */
export class RulePage {
  private readonly byTrigger = new Map<RuleTrigger, Map<number, Rule[]>>();

  constructor(
    readonly version: number,
    rules: readonly Rule[],
  ) {
    for (const rule of rules) {
      const ofOrgs = this.byTrigger.get(rule.trigger) ?? new Map<number, Rule[]>();
      this.byTrigger.set(rule.trigger, ofOrgs);
      const those = ofOrgs.get(rule.orgId);
      if (those) those.push(rule);
      else ofOrgs.set(rule.orgId, [rule]);
    }
  }

  of(...triggers: readonly RuleTrigger[]): Rule[] {
    return triggers.flatMap((trigger) => [...(this.byTrigger.get(trigger)?.values() ?? [])].flat());
  }

  has(...triggers: readonly RuleTrigger[]): boolean {
    return triggers.some((trigger) => this.byTrigger.has(trigger));
  }

  /** Whose org and campaign it is; conditions are not asked. Costs the same however many orgs have rules. */
  concerned({ trigger, orgIds, campaignId }: Occurrence): Rule[] {
    const ofOrgs = this.byTrigger.get(trigger);
    if (!ofOrgs) return [];
    return [...new Set(orgIds)]
      .flatMap((orgId) => ofOrgs.get(orgId) ?? [])
      .filter((rule) => rule.campaignId === null || rule.campaignId === campaignId);
  }
}

/** The enabled rules of all orgs, in memory: looking whether they changed is one row read by its key. */
export class RuleBook {
  private page = new RulePage(-1, []);

  constructor(private readonly database: Pick<Database, 'run'>) {}

  /** As of now. */
  current(): Promise<RulePage> {
    return this.database.run(async (manager) => {
      const rules = new RuleRepository(manager);
      const version = await rules.version();
      if (version !== this.page.version) this.page = new RulePage(version, await rules.enabled());
      return this.page;
    });
  }
}
