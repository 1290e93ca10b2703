import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  topologyVersion,
  type ActionFactV1,
  type MailRequestV1,
  type RuleFieldsV1,
  type RuleTrigger,
} from '@groundswell/contracts';
import { Catalogue, Database, orgRouting } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { RuleRequests } from '../../src/rules/rule-requests';
import { facts, NotifyFixture } from './notify-fixture';

export interface RuleOrg {
  id: number;
  name: string;
  campaignId: number;
  pageId: number;
}

export interface Firing {
  subject: string;
  state: string;
  reason: string | null;
  fields: Record<string, unknown>;
}

const noSettings: Omit<RuleFieldsV1, 'name' | 'effect'> = {
  campaignId: null,
  conditions: [],
  afterHours: null,
  figure: null,
  actionType: null,
  values: null,
  every: null,
  resource: null,
  schedule: null,
  recipients: [],
  isEnabled: true,
};

let actions = 1_000;

/** Two replicas that look at rules all the time, and orgs with rules. */
export class RulesWorld {
  private mails: MailRequestV1[] = [];

  private constructor(
    readonly fixture: NotifyFixture,
    readonly app: NestFastifyApplication,
  ) {}

  static async start(): Promise<RulesWorld> {
    const fixture = await NotifyFixture.create();
    await fixture.sql.query('update stats.state set counted_at = now()');
    const settings = {
      RULES_MAIL_SPACING_MS: '1500',
      RULES_OVERDUE_INTERVAL: '100',
      RULES_OVERDUE_COMPLETE_INTERVAL: '200',
      RULES_COUNTERS_INTERVAL: '100',
      RULES_CLOCK_INTERVAL: '100',
    };
    const app = await fixture.start(settings);
    await fixture.start(settings);
    return new RulesWorld(fixture, app);
  }

  /** With an owner and a campaign of its own. */
  async anOrg(owners = 1): Promise<RuleOrg> {
    const id = await this.fixture.anOrg();
    for (let n = 0; n < owners; n += 1) await this.fixture.aStaffer(id, 'owner');
    const campaignId = await this.fixture.aCampaign(id);
    const pageId = await this.fixture.aPage(id, campaignId);
    const [row] = await this.rows<{ name: string }>('select name::text as name from catalog.orgs where id = $1', [id]);
    return { id, name: row?.name ?? '', campaignId, pageId };
  }

  async rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.fixture.sql.query<Row>(sql, values)).rows;
  }

  /** As notify-service is asked by the gateway. */
  async aRule(orgId: number, trigger: RuleTrigger, fields: Partial<RuleFieldsV1> = {}): Promise<number> {
    const rule: RuleFieldsV1 = { name: this.fixture.unique('rule'), effect: 'mail', ...noSettings, ...fields };
    const { ruleId } = await this.ask((requests, manager) => requests.add(manager, { orgId, trigger, rule }));
    return ruleId;
  }

  async change(orgId: number, ruleId: number, changes: Partial<RuleFieldsV1>): Promise<string> {
    const { outcome } = await this.ask((requests, manager) => requests.update(manager, { orgId, ruleId, changes }));
    return outcome;
  }

  ask<T>(work: (requests: RuleRequests, manager: Parameters<RuleRequests['add']>[0]) => Promise<T>): Promise<T> {
    return this.app.get(Database).transaction((manager) => work(this.app.get(RuleRequests), manager));
  }

  tell(...told: readonly object[]): Promise<void> {
    return this.fixture.vhost.send(facts, told);
  }

  aFact(org: RuleOrg, fact: Partial<ActionFactV1> = {}): ActionFactV1 {
    actions += 1;
    return {
      name: 'action.added',
      actionId: actions,
      supporterId: null,
      campaignId: org.campaignId,
      actionPageId: org.pageId,
      orgId: org.id,
      actionType: 'register',
      testing: false,
      withConsent: true,
      area: null,
      before: null,
      after: { action: 'new', supporter: null },
      rank: null,
      at: new Date().toISOString(),
      ...fact,
    };
  }

  batch(...told: readonly ActionFactV1[]): object {
    return { schema: 'groundswell:facts:1', partition: 0, facts: told };
  }

  firings(ruleId: number): Promise<Firing[]> {
    return this.rows<Firing>(
      'select subject, state, reason, fields from notify.rule_firings where rule_id = $1 order by id',
      [ruleId],
    );
  }

  /** All of them once there are so many, and none waits. */
  fired(ruleId: number, count: number, state = 'sent'): Promise<Firing[]> {
    return waitFor(async () => {
      const found = await this.firings(ruleId);
      return found.length >= count && found.every((one) => one.state === state) && found;
    });
  }

  /** All mails asked for about a rule, once there are so many. */
  async mailsOf(ruleId: number, count: number): Promise<MailRequestV1[]> {
    const its = () => this.mails.filter(({ purpose }) => purpose.startsWith(`rule:${ruleId}:`));
    await waitFor(async () => {
      this.mails.push(...(await this.fixture.mails(0)).map(({ body }) => body));
      return its().length >= count;
    });
    return its();
  }

  /** Until everything that was told has been read, and each replica has looked at its rules anew. */
  async settled(): Promise<void> {
    await waitFor(async () => (await this.fixture.vhost.look(facts))?.ready === 0);
    for (let looks = 0; looks < 2; looks += 1) {
      const before = await this.lastLook();
      await waitFor(async () => (await this.lastLook()) > before);
    }
    const last = await this.lastLook();
    await waitFor(
      async () => (await this.fixture.count(`notify.jobs where id = ${last} and state in ('queued', 'running')`)) === 0,
    );
  }

  private async lastLook(): Promise<number> {
    const [schedule] = await this.rows<{ id: number | null }>(
      `select last_job_id::int as id from notify.job_schedules where name = 'check-overdue'`,
    );
    return schedule?.id ?? 0;
  }

  async count(campaignId: number, supporters: number): Promise<void> {
    await this.rows(
      `insert into stats.counters (campaign_id, kind, id, count) values ($1, 0, 1, $2)
       on conflict (campaign_id, kind, id, name) do update set count = excluded.count`,
      [campaignId, supporters],
    );
  }

  async ownsTemplate({ id }: RuleOrg, name: string): Promise<void> {
    await this.rows(
      `with account as (insert into catalog.services (org_id, name) values ($1, 'preview') returning id)
       update catalog.orgs set email_from = 'office@example.org', email_backend_id = (select id from account) where id = $1`,
      [id],
    );
    await this.rows(
      `insert into catalog.email_templates (org_id, name, locale, subject, html) values ($1, $2, 'en', 'Fired', 'x')`,
      [id, name],
    );
  }

  /** With a webhook for its events, and its queue as topology-service confirms it. */
  async takesEvents(org: RuleOrg): Promise<string> {
    const [service] = await this.rows<{ id: number }>(
      `insert into catalog.services (org_id, name, host) values ($1, 'webhook', 'https://crm.test') returning id::int as id`,
      [org.id],
    );
    await this.rows('update catalog.orgs set event_backend_id = $2 where id = $1', [org.id, service?.id]);
    const queue = `${org.name}.webhook`;
    await this.fixture.vhost.declareQueue(queue, { exchange: 'event', key: `${org.name}.#` });
    const catalogue = this.app.get(Catalogue);
    await catalogue.refresh();
    const known = catalogue.orgs.get(org.id);
    if (!known) throw new Error('the org is not in the catalogue');
    await this.rows(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ($1, $2, 'confirmed', now())`,
      [`org:${org.id}`, topologyVersion(orgRouting(catalogue, known, false))],
    );
    return queue;
  }
}
