import type { EntityManager } from 'typeorm';
import { ruleRefusals, type RuleAnswerV1, type RuleFieldsV1, type RuleTrigger } from '@groundswell/contracts';
import type { JobControl } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Catalogue, CatalogueOrg } from '@groundswell/persistence';
import { nextRunAt, readCalendar } from './calendar';
import type { CounterWatch } from './counter-watch';
import { OrgPeopleReadModel } from './org-people.read-model';
import { orgTimezone } from './org-timezone';
import { rulesPerOrg, type Rule } from './rule';
import { checkRule, RuleFieldError, settingsOf } from './rule-check';
import { RuleRepository } from './rule.repository';

interface RuleId {
  orgId: number;
  ruleId: number;
}

/** What people do to the rules of their org. Throws RpcRefusedError for a no. */
export class RuleRequests {
  constructor(
    private readonly catalogue: Pick<
      Catalogue,
      'refresh' | 'orgs' | 'campaigns' | 'pagesOfOrg' | 'services' | 'campaignsLedBy' | 'pagesOfCampaign'
    >,
    private readonly watch: Pick<CounterWatch, 'begin'>,
    private readonly jobs: Pick<JobControl, 'retry'>,
  ) {}

  async add(
    manager: EntityManager,
    { orgId, trigger, rule: fields }: { orgId: number; trigger: RuleTrigger; rule: RuleFieldsV1 },
  ): Promise<RuleAnswerV1> {
    const org = await this.checked(orgId, trigger, fields);
    await checkRecipients(manager, orgId, fields.recipients);
    const rules = new RuleRepository(manager);
    if ((await rules.countOf(orgId)) >= rulesPerOrg) {
      throw new RpcRefusedError(ruleRefusals.tooMany, `an org has at most ${rulesPerOrg} rules`);
    }
    const rule = { orgId, trigger, ...storedOf(fields) };
    const ruleId = await rules.insert(rule);
    if (ruleId === null) throw nameTaken();
    await this.begin(manager, org, { ...rule, id: ruleId });
    return { ruleId, outcome: 'changed' };
  }

  /** What it has fired for stays so. A job of it that failed is tried again: what was wrong may be right now. */
  async update(
    manager: EntityManager,
    { orgId, ruleId, changes }: RuleId & { changes: Partial<RuleFieldsV1> },
  ): Promise<RuleAnswerV1> {
    const rules = new RuleRepository(manager);
    const rule = await this.held(rules, { orgId, ruleId });
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const fields: RuleFieldsV1 = { ...fieldsOf(rule), ...given };
    const org = await this.checked(orgId, rule.trigger, isSwitchedOffOnly(given) ? null : fields);
    await checkRecipients(manager, orgId, changes.recipients ?? []);
    const changed: Rule = { ...rule, ...storedOf(fields) };
    if (JSON.stringify(fieldsOf(changed)) === JSON.stringify(fieldsOf(rule))) return { ruleId, outcome: 'unchanged' };
    if (!(await rules.update(changed))) throw nameTaken();
    if (isToBeginAnew(rule, changed)) await this.begin(manager, org, changed);
    const job = await rules.openJob(ruleId);
    if (job?.state === 'failed') await this.jobs.retry(manager, job.id, orgId);
    return { ruleId, outcome: 'changed' };
  }

  async remove(manager: EntityManager, id: RuleId): Promise<RuleAnswerV1> {
    const rules = new RuleRepository(manager);
    await this.held(rules, id);
    await rules.remove(id.ruleId);
    return { ruleId: id.ruleId, outcome: 'changed' };
  }

  private async held(rules: RuleRepository, { orgId, ruleId }: RuleId): Promise<Rule> {
    const rule = await rules.hold(ruleId, orgId);
    if (!rule) throw new RpcRefusedError(ruleRefusals.notFound, 'there is no such rule');
    return rule;
  }

  /** Org, campaign and backend may be younger than the last comparison. */
  private async checked(orgId: number, trigger: RuleTrigger, fields: RuleFieldsV1 | null): Promise<CatalogueOrg> {
    await this.catalogue.refresh();
    const org = this.catalogue.orgs.get(orgId);
    if (!org || org.deletedAt !== null) throw new RpcRefusedError(ruleRefusals.notFound, 'there is no such org');
    if (!fields) return org;
    try {
      checkRule(this.catalogue, org, trigger, fields);
    } catch (error) {
      if (error instanceof RuleFieldError) throw new RpcRefusedError(ruleRefusals.invalid, error.message);
      throw error;
    }
    return org;
  }

  /** From now on: figures as they are, and the next turn of the calendar. */
  private async begin(manager: EntityManager, org: CatalogueOrg, rule: Rule): Promise<void> {
    if (rule.trigger === 'goal' || rule.trigger === 'milestone') {
      const isCounted = await this.watch.begin(manager, rule);
      if (!isCounted) throw new RpcRefusedError(ruleRefusals.invalid, 'figure: is not counted yet, try again soon');
    }
    const { schedule } = rule.settings;
    if (!schedule) return;
    const zone = orgTimezone(org);
    const next = rule.isEnabled ? nextRunAt(readCalendar(schedule), zone, new Date()) : null;
    await new RuleRepository(manager).planNext(rule.id, next, next && zone);
  }
}

/** That is always possible, also where its campaign or backend is gone. */
const isSwitchedOffOnly = ({ isEnabled, ...others }: Partial<RuleFieldsV1>): boolean =>
  isEnabled === false && Object.keys(others).length === 0;

async function checkRecipients(manager: EntityManager, orgId: number, recipients: readonly string[]): Promise<void> {
  const [stranger] = await new OrgPeopleReadModel(manager).strangers(orgId, recipients);
  if (stranger === undefined) return;
  throw new RpcRefusedError(ruleRefusals.invalid, `recipients: number ${stranger + 1} is nobody of the org`);
}

const nameTaken = (): RpcRefusedError => new RpcRefusedError(ruleRefusals.nameTaken, 'the org has a rule of that name');

const storedOf = (fields: RuleFieldsV1): Omit<Rule, 'id' | 'orgId' | 'trigger'> => ({
  campaignId: fields.campaignId,
  name: fields.name,
  settings: settingsOf(fields),
  conditions: fields.conditions,
  effect: fields.effect,
  recipients: fields.recipients,
  isEnabled: fields.isEnabled,
});

const fieldsOf = ({ campaignId, name, settings, conditions, effect, recipients, isEnabled }: Rule): RuleFieldsV1 => ({
  name,
  campaignId,
  conditions,
  afterHours: settings.afterHours ?? null,
  figure: settings.figure ?? null,
  actionType: settings.actionType ?? null,
  values: settings.values ?? null,
  every: settings.every ?? null,
  resource: settings.resource ?? null,
  schedule: settings.schedule ?? null,
  effect,
  recipients,
  isEnabled,
});

/** What was reached while it was off, or by another measure, is not told later. */
const isToBeginAnew = (before: Rule, after: Rule): boolean =>
  before.campaignId !== after.campaignId ||
  before.isEnabled !== after.isEnabled ||
  JSON.stringify(settingsOf(fieldsOf(before))) !== JSON.stringify(settingsOf(fieldsOf(after)));
