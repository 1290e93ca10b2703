import { createHash, randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { MailOutcomeV1, TargetMailV1 } from '@groundswell/contracts';
import { defaultHourlyRules } from '@groundswell/domain';
import { Database, LeaseRepository, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { Metrics } from '@groundswell/observability';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { AskAgainTask } from '../../src/asking/ask-again.task';
import { MessageIntake } from '../../src/intake/message-intake';
import { MttMetrics } from '../../src/mtt-metrics';
import { OutcomeApplier } from '../../src/outcomes/outcome-applier';
import { CampaignReadModel } from '../../src/pacing/campaign.read-model';
import { CyclePlanner } from '../../src/pacing/cycle-planner';
import { HourPlanner } from '../../src/pacing/hour-planner';
import { MessageClaimer } from '../../src/pacing/message-claimer';
import { PlanningLeases } from '../../src/pacing/planning-leases';
import { TestMails } from '../../src/pacing/test-mails';

export const cycleMs = 180_000;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface GivenAction {
  person: string;
  targets: string[];
  status?: number;
  supporterStatus?: number;
  testing?: boolean;
  at?: string;
  subject?: string;
  email?: string | null;
}

export interface MessageRow {
  id: number;
  state: string;
  rank: number | null;
  error: string | null;
}

export const refOf = (person: string): Buffer => createHash('sha256').update(person).digest();

/** The parts of mtt-service on a database of their own, at whatever time a test says it is. Requests stay in the outbox. */
export class MttFixture {
  readonly intake: MessageIntake;
  readonly outcomes: OutcomeApplier;
  readonly claimer: MessageClaimer;
  readonly tests: TestMails;
  readonly leases: PlanningLeases;
  private readonly relay: OutboxRelay;
  private readonly outbox = new OutboxRepository('mtt');
  private readonly leaseRows = new LeaseRepository('mtt');
  /** What the claimer warned of. */
  readonly warnings: object[] = [];
  private readonly log = { warn: (fields: object) => void this.warnings.push(fields) };
  /** What the planners counted. */
  readonly metrics = new Metrics('mtt-service', { withProcessMetrics: false });
  private readonly counters = new MttMetrics(this.metrics);
  private names = 0;

  private constructor(
    readonly databaseOfTest: TestDatabase,
    readonly sql: Pool,
    readonly database: Database,
    softBounceLimit: number,
  ) {
    const nobody = { publishAll: () => Promise.resolve([]) };
    const closed = { lane: () => 'closed' as const, reader: () => 'expected' as const };
    // Never started, so it takes nothing: requests are read from the table.
    this.relay = new OutboxRelay(database, this.outbox, nobody, closed, silent);
    this.intake = new MessageIntake(database);
    this.outcomes = new OutcomeApplier(database, softBounceLimit, (ended) => this.counters.ended(ended));
    this.leases = this.leasesOf('this');
    this.claimer = new MessageClaimer(database, this.leaseRows, this.outbox, this.relay, this.intake, this.log);
    this.tests = new TestMails(database, this.leaseRows, this.outbox, this.relay, this.intake, this.log);
  }

  static async create({ softBounceLimit = 1 } = {}): Promise<MttFixture> {
    const ofTest = await createTestDatabase();
    const sql = new Pool({ connectionString: ofTest.urls.owner, max: 3 });
    const database = new Database(
      { url: ofTest.urls.mtt, applicationName: 'mtt-test', poolSize: 4, avoidFullScans: true },
      silent,
    );
    await database.connect(10_000);
    return new MttFixture(ofTest, sql, database, softBounceLimit);
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.sql.end();
    await this.databaseOfTest.drop();
  }

  leasesOf(holder: string): PlanningLeases {
    return new PlanningLeases(this.database, this.leaseRows, holder, 60_000);
  }

  private async insert(table: string, columns: Record<string, unknown>): Promise<number> {
    const names = Object.keys(columns);
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into ${table} ("${names.join('", "')}") values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(columns),
    );
    return Number(rows[0]?.id);
  }

  /** Three days from 09:00 to 17:00, led by an org with a backend. */
  async aCampaign(mtt: Record<string, unknown> = {}, campaign: Record<string, unknown> = {}): Promise<number> {
    const name = `c${(this.names += 1)}`;
    const orgId = await this.insert('catalog.orgs', { name: `org-${name}`, title: name });
    const backend = await this.insert('catalog.services', {
      org_id: orgId,
      name: 'preview',
      host: '',
      user: '',
      password: '',
    });
    await this.sql.query('update catalog.orgs set email_backend_id = $2 where id = $1', [orgId, backend]);
    const campaignId = await this.insert('catalog.campaigns', {
      name,
      title: name,
      org_id: orgId,
      status: 1,
      ...campaign,
    });
    await this.insert('catalog.mtt', {
      campaign_id: campaignId,
      start_at: '2025-01-06T09:00:00Z',
      end_at: '2025-01-08T17:00:00Z',
      ...mtt,
    });
    return campaignId;
  }

  async aTarget(campaignId: number, { emails = 1, locale = null as string | null } = {}): Promise<string> {
    const id = randomUUID();
    await this.sql.query(
      `insert into catalog.targets (id, external_id, name, campaign_id, locale) values ($1::uuid, $1::uuid::text, 'A target', $2, $3)`,
      [id, campaignId, locale],
    );
    for (let number = 1; number <= emails; number += 1) {
      await this.insert('catalog.target_emails', { target_id: id, email: `t${number}@${id}.example.org` });
    }
    return id;
  }

  /** Stored as action-ingest does, delivered unless said otherwise; mtt-service does not know of it yet. */
  async anAction(campaignId: number, given: GivenAction): Promise<number> {
    const at = given.at ?? '2025-01-06T08:00:00Z';
    const supporterId = await this.insert('actions.supporters', {
      campaign_id: campaignId,
      action_page_id: 1,
      fingerprint: refOf(given.person),
      first_name: given.person,
      email: given.email === undefined ? `${given.person}@example.org` : given.email,
      processing_status: given.supporterStatus ?? 3,
      inserted_at: at,
    });
    const actionId = await this.insert('actions.actions', {
      supporter_id: supporterId,
      action_type: 'register',
      campaign_id: campaignId,
      action_page_id: 1,
      with_consent: true,
      processing_status: given.status ?? 4,
      testing: given.testing ?? false,
      inserted_at: at,
    });
    const contentId = await this.insert('actions.message_contents', {
      subject: given.subject ?? 'Please act',
      body: 'Dear {{target.name}}',
    });
    for (const targetId of given.targets) {
      await this.insert('actions.messages', {
        action_id: actionId,
        message_content_id: contentId,
        target_id: targetId,
      });
    }
    return actionId;
  }

  /** As anAction, and told. */
  async aToldAction(campaignId: number, given: GivenAction): Promise<number> {
    const actionId = await this.anAction(campaignId, given);
    await this.intake.refresh({ actionIds: [actionId] });
    return actionId;
  }

  /** That many people, one message each. */
  async manyMessages(campaignId: number, targetId: string, count: number): Promise<void> {
    const ids: number[] = [];
    for (let number = 0; number < count; number += 1) {
      ids.push(await this.anAction(campaignId, { person: `p${(this.names += 1)}`, targets: [targetId] }));
    }
    await this.intake.refresh({ actionIds: ids });
  }

  /** One cycle at that time, as the task plans it. */
  async plan(campaignId: number, now: string, { maxPerTenTargets = 99, leases = this.leases } = {}): Promise<number> {
    const at = new Date(now);
    const [campaign, lease] = await this.startPlanning(campaignId, at, true, leases);
    if (!campaign || !lease) return 0;
    return new CyclePlanner(this.database, this.claimer, maxPerTenTargets).plan(campaign, lease, at);
  }

  async planHour(campaignId: number, now: string): Promise<number> {
    const at = new Date(now);
    const [campaign, lease] = await this.startPlanning(campaignId, at, false, this.leases);
    return campaign && lease
      ? new HourPlanner(this.database, this.claimer, this.counters, defaultHourlyRules).plan(campaign, lease, at)
      : 0;
  }

  /** Asks at once for whatever has no answer, each message once. */
  async askAgain(): Promise<void> {
    const settings = { firstWaitMs: 0, limit: 1 };
    await new AskAgainTask(
      this.database,
      this.outbox,
      this.relay,
      this.counters,
      silent as never,
      1_000,
      settings,
    ).run();
  }

  async planTests(campaignId: number, now: string): Promise<number> {
    const at = new Date(now);
    await this.tests.cancelOld(at);
    const campaigns = await this.database.run((manager) => new CampaignReadModel(manager, cycleMs).testing());
    const campaign = campaigns.find((one) => one.campaignId === campaignId);
    const lease = await this.leases.take(campaignId);
    return campaign && lease ? this.tests.plan(campaign, lease, at) : 0;
  }

  private async startPlanning(campaignId: number, at: Date, isDrip: boolean, leases: PlanningLeases) {
    const campaigns = await this.database.run((manager) => new CampaignReadModel(manager, cycleMs).running(isDrip, at));
    return [campaigns.find((one) => one.campaignId === campaignId), await leases.take(campaignId)] as const;
  }

  async messages(campaignId: number): Promise<MessageRow[]> {
    const { rows } = await this.sql.query<MessageRow>(
      `select message_id::int as id, state, dupe_rank as rank, error from mtt.message_states
        where campaign_id = $1 order by message_id`,
      [campaignId],
    );
    return rows;
  }

  async states(campaignId: number): Promise<string[]> {
    return (await this.messages(campaignId)).map(({ state, rank }) => (rank === null ? state : `${state} ${rank}`));
  }

  /** Mail requests since the last look. */
  async requests(): Promise<TargetMailV1[]> {
    const { rows } = await this.sql.query<{ body: string }>('delete from mtt.outbox returning body, id');
    return rows.map(({ body }) => JSON.parse(body) as TargetMailV1).sort((a, b) => a.messageId - b.messageId);
  }

  /** What email-delivery tells of these requests. */
  async tell(
    requests: readonly Pick<TargetMailV1, 'messageId' | 'attempt'>[],
    outcome: MailOutcomeV1['outcome'],
    at = '2025-01-06T12:01:00Z',
    error: string | null = null,
    more: Partial<MailOutcomeV1> = {},
  ): Promise<void> {
    await this.outcomes.apply(
      requests.map(({ messageId, attempt }) => ({
        schema: 'groundswell:mail-outcome:1',
        customId: `mtt:${messageId}`,
        deliveryId: 1,
        outcome,
        attempt,
        error,
        at,
        ...more,
      })),
    );
  }

  async addressStatus(targetEmailId: number): Promise<string | undefined> {
    const { rows } = await this.sql.query<{ status: string }>(
      'select status from mtt.target_email_states where target_email_id = $1',
      [targetEmailId],
    );
    return rows[0]?.status;
  }
}
