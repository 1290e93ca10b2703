import { ruleAnswerV1, ruleFieldsV1, type RuleAnswerV1, type RuleTrigger } from '@groundswell/contracts';
import { Database, type CatalogueOrg } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { NotifyServiceClient } from '../asking/notify-service.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { readPage, type PageSelection } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf, requireStaffer } from '../users/permission-guard';
import { ruleRefusalError } from './rule-errors';
import { noSettings, ruleFieldsOf, viewFiring, viewRule, type RuleGiven, type RuleView } from './rule-view';
import { RuleReadModel } from './rule.read-model';

type Asked = Parameters<NotifyServiceClient['ask']>[0];

/** Rules of an org: its staff sees them, who may change its settings changes them, by requests to notify-service. */
@Injectable()
export class RuleService {
  private readonly rules: RuleReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly notify: NotifyServiceClient,
  ) {
    this.rules = new RuleReadModel(database);
  }

  async list(caller: Viewer | null, orgName: string): Promise<RuleView[]> {
    const org = await this.readableOrg(caller, orgName);
    return (await this.rules.ofOrg(org.id)).map(viewRule);
  }

  async firings(caller: Viewer | null, orgName: string, ruleId: number, page: PageSelection) {
    const org = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(page);
    if (!(await this.rules.find(org.id, ruleId))) throw entityNotFound();
    const rows = await this.rules.firings(ruleId, after, limit + 1);
    const shown = rows.slice(0, limit);
    return { firings: shown.map(viewFiring), after: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  async add(caller: Viewer | null, orgName: string, trigger: string, given: RuleGiven): Promise<RuleView> {
    const { viewer, org } = await this.changedOrg(caller, orgName);
    const rule = ruleFieldsV1.parse(ruleFieldsOf({ ...noSettings, ...given }));
    await this.note(viewer, org, 'addRule', '', given);
    const { ruleId } = await this.ask({
      kind: 'add_rule',
      orgId: org.id,
      trigger: trigger.toLowerCase() as RuleTrigger,
      rule,
    });
    return this.read(org.id, ruleId);
  }

  async update(caller: Viewer | null, orgName: string, ruleId: number, given: RuleGiven): Promise<RuleView> {
    const { viewer, org } = await this.changedOrg(caller, orgName);
    const changes = ruleFieldsV1.partial().parse(ruleFieldsOf(given));
    await this.note(viewer, org, 'updateRule', String(ruleId), given);
    await this.ask({ kind: 'update_rule', orgId: org.id, ruleId, changes });
    return this.read(org.id, ruleId);
  }

  async remove(caller: Viewer | null, orgName: string, ruleId: number): Promise<'SUCCESS'> {
    const { viewer, org } = await this.changedOrg(caller, orgName);
    await this.note(viewer, org, 'deleteRule', String(ruleId), {});
    await this.ask({ kind: 'delete_rule', orgId: org.id, ruleId });
    return 'SUCCESS';
  }

  private async ask(asked: Asked): Promise<RuleAnswerV1> {
    try {
      return await this.notify.ask(asked, ruleAnswerV1);
    } catch (error) {
      throw ruleRefusalError(error);
    }
  }

  /** It may be gone again. */
  private async read(orgId: number, ruleId: number): Promise<RuleView> {
    const rule = await this.rules.find(orgId, ruleId);
    if (!rule) throw entityNotFound();
    return viewRule(rule);
  }

  private async readableOrg(caller: Viewer | null, orgName: string): Promise<CatalogueOrg> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org;
  }

  private async changedOrg(caller: Viewer | null, orgName: string): Promise<{ viewer: Viewer; org: CatalogueOrg }> {
    const org = await this.lookup.org(orgName);
    return { viewer: requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_settings'), org };
  }

  /** Before it is asked, so nothing is done unseen; names of what was given, no addresses. */
  private async note(
    viewer: Viewer,
    org: CatalogueOrg,
    operation: string,
    resourceId: string,
    given: RuleGiven,
  ): Promise<void> {
    const changeset = { operation, orgId: org.id, attributes: Object.keys(given).sort() };
    await this.database.run((manager) =>
      new AuditRepository(manager).insert(String(viewer.userId), [{ resource: 'rule', resourceId, changeset }]),
    );
  }
}
