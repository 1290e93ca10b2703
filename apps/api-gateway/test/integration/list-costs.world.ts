import { randomBytes, randomUUID } from 'node:crypto';
import { generateKeyPair, hashApiToken, newApiToken } from '@groundswell/crypto';
import { confirmOperationCode, permissionMask, roleMask } from '@groundswell/domain';
import { insertSignature } from './exported-world';
import type { GatewayFleet } from './gateway.fixture';
import type { ListedNames } from './list-costs.documents';

const everyBit = permissionMask(['instance_owner', 'manage_users', 'manage_orgs']);

interface Someone {
  id: number;
  token: string;
}

/** An instance admin, who owns the leads of the worlds and sees every private field. */
export function addAdmin(fleet: GatewayFleet): Promise<Someone> {
  return addUser(fleet, everyBit);
}

async function addUser(fleet: GatewayFleet, perms = 0): Promise<Someone> {
  const { token } = newApiToken();
  const email = `${randomBytes(6).toString('hex')}@example.org`;
  const id = await fleet.insert('users', { email, hashed_password: 'x', perms });
  await fleet.insert('users_tokens', { user_id: id, token: hashApiToken(token), context: 'api' });
  return { id, token };
}

/** An org with as many members, partners, campaigns, pages, targets and actions as `size` says, and each of those with as many. */
export class ListedWorld {
  private readonly members: number[] = [];
  private readonly partners: { id: number; ownerId: number }[] = [];
  private leadId = 0;

  private constructor(
    private readonly fleet: GatewayFleet,
    private readonly admin: Someone,
    private readonly size: number,
    private readonly name: string,
  ) {}

  static async create(fleet: GatewayFleet, admin: Someone, size: number): Promise<ListedNames> {
    const world = new ListedWorld(fleet, admin, size, `lead${size}`);
    await world.addPeople();
    const campaigns: { id: number; pageId: number }[] = [];
    for (let n = 1; n <= size; n += 1) campaigns.push(await world.addCampaign(n));
    const { id: campaignId, pageId } = campaigns[0]!;
    const actionId = await world.addMails(campaignId, pageId);
    await world.addPushes();
    await world.addReports();
    await world.addParked();
    await world.addEnrichments(actionId);
    await world.addAttachments(actionId);
    await world.addFollowUps(actionId);
    await world.addReplies(campaignId);
    await world.addMailouts(campaignId);
    await world.addCredentials();
    const ruleId = await world.addRules();
    const uploadId = await world.addUploads(campaignId, pageId);
    const campaign = `${world.name}_1`;
    return { org: world.name, title: world.name, campaign, campaignId, pageId, actionId, uploadId, ruleId };
  }

  private async each(work: (n: number) => Promise<unknown>): Promise<void> {
    for (let n = 1; n <= this.size; n += 1) await work(n);
  }

  private async addPeople(): Promise<void> {
    this.leadId = await this.addOrg(this.name, this.admin.id);
    await this.each(async () => this.members.push((await addUser(this.fleet)).id));
    await this.each(async (n) => {
      const { id: ownerId } = await addUser(this.fleet);
      this.partners.push({ ownerId, id: await this.addOrg(`${this.name}_partner${n}`, ownerId) });
    });
    for (const userId of this.members) {
      for (const orgId of [this.leadId, ...this.partners.map(({ id }) => id)]) {
        await this.fleet.insert('staffers', { user_id: userId, org_id: orgId, perms: roleMask.campaigner });
      }
    }
  }

  private async addOrg(name: string, ownerId: number): Promise<number> {
    const orgId = await this.fleet.insert('orgs', { name, title: name });
    await this.fleet.insert('staffers', { user_id: ownerId, org_id: orgId, perms: roleMask.owner });
    await this.each(async (n) => {
      const { public: bytes } = generateKeyPair();
      await this.fleet.insert('public_keys', { org_id: orgId, name: `key ${n}`, public: bytes, active: n === 1 });
      await this.fleet.insert('services', { org_id: orgId, name: 'smtp', host: `smtp${n}.example.org` });
      await this.fleet.insert('email_templates', { org_id: orgId, name: `thanks${n}`, locale: 'en' });
    });
    return orgId;
  }

  private async addCampaign(number: number): Promise<{ id: number; pageId: number }> {
    const name = `${this.name}_${number}`;
    const columns = {
      name,
      title: `${this.name} ${number}`,
      org_id: this.leadId,
      public_actions: ['register:comment'],
    };
    const id = await this.fleet.insert('campaigns', columns);
    await this.fleet.insert('mtt', {
      campaign_id: id,
      start_at: '2030-01-01T00:00:00Z',
      end_at: '2030-02-01T00:00:00Z',
    });
    const pageIds: number[] = [];
    await this.each(async (n) => pageIds.push(await this.addPage(`${name}/own/${n}`, this.leadId, id)));
    await this.each((n) => this.addTarget(id, n));
    for (const partner of this.partners) await this.addPartnerPages(name, id, partner);
    for (const pageId of pageIds) {
      const action = { action_type: 'register', fields: '{"comment": "Please"}' };
      await insertSignature(this.fleet, { pageId, campaignId: id, orgIds: [this.leadId], action });
    }
    return { id, pageId: pageIds[0]! };
  }

  private addPage(name: string, orgId: number, campaignId: number): Promise<number> {
    const columns = { name, locale: 'en', org_id: orgId, campaign_id: campaignId };
    return this.fleet.insert('action_pages', { ...columns, thank_you_template: 'thanks1' });
  }

  /** Their owner and the caller both ask to launch them. */
  private async addPartnerPages(name: string, campaignId: number, partner: { id: number; ownerId: number }) {
    await this.each(async (n) => {
      const pageId = await this.addPage(`${name}/${partner.id}/${n}`, partner.id, campaignId);
      for (const creatorId of [partner.ownerId, this.admin.id]) {
        await this.fleet.insert('confirms', {
          operation: confirmOperationCode('launch_page'),
          subject_id: campaignId,
          object_id: pageId,
          code: randomBytes(8).toString('hex'),
          creator_id: creatorId,
        });
      }
    });
  }

  private async addTarget(campaignId: number, number: number): Promise<void> {
    const id = randomUUID();
    const columns = [id, `${campaignId}_${number}`, `Minister ${number}`, campaignId];
    const { sql } = this.fleet;
    await sql.query(
      'insert into catalog.targets (id, external_id, name, campaign_id) values ($1, $2, $3, $4)',
      columns,
    );
    await this.each((n) => this.fleet.insert('target_emails', { target_id: id, email: `office${n}@example.org` }));
  }

  /** Failed mails of one action, and mailings with batches and failures. */
  private async addMails(campaignId: number, pageId: number): Promise<number> {
    const { rows } = await this.fleet.sql.query<{ id: number }>(
      'select id::int as id from actions.actions where action_page_id = $1 order by id limit 1',
      [pageId],
    );
    const actionId = rows[0]!.id;
    await this.each((n) => this.addFailedMail(`supporter:thank_you:${actionId}:n${n}`, { action_id: actionId }));
    await this.each(async (n) => {
      const purpose = `${this.name}:${n}`;
      const columns = { purpose, org_id: this.leadId, campaign_id: campaignId, state: 'failed' };
      const mailingId = await this.fleet.insert('mailings', columns, 'mail');
      await this.each(async (number) => {
        const batch = { mailing_id: mailingId, number, recipient_count: 1, state: 'failed' };
        const batchId = await this.fleet.insert('mailing_batches', batch, 'mail');
        await this.addFailedMail(`mailing:${purpose}:${number}`, { mailing_id: mailingId, batch_id: batchId });
      });
    });
    return actionId;
  }

  /** To one service for all; of several, events go to the second. */
  private async addPushes(): Promise<void> {
    const serviceIds: number[] = [];
    await this.each(async () =>
      serviceIds.push(await this.fleet.insert('services', { org_id: this.leadId, name: 'webhook' })),
    );
    await this.fleet.sql.query('update catalog.orgs set push_backend_id = $2, event_backend_id = $3 where id = $1', [
      this.leadId,
      serviceIds[0],
      serviceIds[1] ?? serviceIds[0],
    ]);
    await this.each(async (n) => {
      const push = { org_id: this.leadId, message_id: `push${n}`, kind: 'action', state: 'failed' };
      const pushId = await this.fleet.insert('pushes', push, 'forwarder');
      const attempt = { push_id: pushId, org_id: this.leadId, service_id: serviceIds[0], outcome: 'retry' };
      await this.each((number) =>
        this.fleet.insert('push_attempts', { ...attempt, attempt: number, latency_ms: 5 }, 'forwarder'),
      );
    });
  }

  private async addReports(): Promise<void> {
    await this.each(async () => {
      const job = { type: 'report', payload: '{}', state: 'complete', max_attempts: 1, finished_at: new Date() };
      const jobId = await this.fleet.insert('jobs', { ...job, org_id: this.leadId }, 'stats');
      const asked = { org_id: this.leadId, kind: 'usage', format: 'csv', language: 'en', time_zone: 'UTC' };
      const report = { ...asked, job_id: jobId, requested_by: this.admin.id, expires_at: '2099-01-01T00:00:00Z' };
      await this.fleet.insert('reports', report, 'stats');
    });
  }

  private async addParked(): Promise<void> {
    await this.each((n) => {
      const columns = { queue: `${this.name}.crm`, message_id: `parked ${n}`, reason: 'failed alone', body: '{}' };
      return this.fleet.insert('parked', columns, 'actions');
    });
  }

  private async addMailouts(campaignId: number): Promise<void> {
    await this.each(async (n) => {
      const mailout = { org_id: this.leadId, campaign_id: campaignId, name: `news ${n}`, template: 'news' };
      const id = await this.fleet.insert('mailouts', mailout, 'notify');
      const mailing = { purpose: `mailout:${id}`, org_id: this.leadId, campaign_id: campaignId };
      const mailingId = await this.fleet.insert('mailings', mailing, 'mail');
      await this.each(async (number) => {
        const person = { mailout_id: id, state: 'left_out', reason: `reason ${number}` };
        await this.fleet.insert('mailout_people', person, 'notify');
        const mail = { purpose: `mailing:mailout:${id}:${number}`, kind: 'mailing', org_id: this.leadId };
        await this.fleet.insert('deliveries', { ...mail, mailing_id: mailingId, state: 'sent' }, 'mail');
      });
    });
  }

  /** The first has firings. */
  private async addRules(): Promise<number> {
    const ids: number[] = [];
    await this.each(async (n) => {
      const rule = { org_id: this.leadId, name: `rule ${n}`, trigger: 'action_added', effect: 'mail' };
      ids.push(await this.fleet.insert('rules', rule, 'notify'));
    });
    const [ruleId = 0] = ids;
    await this.each((n) => this.fleet.insert('rule_firings', { rule_id: ruleId, subject: `action:${n}` }, 'notify'));
    return ruleId;
  }

  private async addReplies(campaignId: number): Promise<void> {
    const common = { message_id: 1, org_id: this.leadId, campaign_id: campaignId, action_id: 1, is_cut: false };
    const texts = {
      fingerprint: Buffer.alloc(32),
      accepted_at: new Date(),
      received_at: new Date(),
      subject: 's',
      body: 'b',
    };
    await this.each(() =>
      this.fleet.insert('replies', { id: randomUUID(), target_id: randomUUID(), ...common, ...texts }, 'mtt'),
    );
  }

  private async addFollowUps(actionId: number): Promise<void> {
    await this.each((n) =>
      this.fleet.insert(
        'followup_items',
        { org_id: this.leadId, kind: 1, action_id: actionId, assignee: this.members[n - 1] },
        'actions',
      ),
    );
  }

  private async addEnrichments(actionId: number): Promise<void> {
    await this.each((n) =>
      this.fleet.insert(
        'enrichments',
        { action_id: actionId, field: `field ${n}`, kind: 'sentiment', org_id: this.leadId },
        'actions',
      ),
    );
  }

  private async addAttachments(actionId: number): Promise<void> {
    const file = { action_id: actionId, org_id: this.leadId, name: 'a.pdf', type: 'application/pdf', size: 1 };
    await this.each(() => this.fleet.insert('attachments', { ...file, object_id: randomUUID() }, 'actions'));
  }

  /** The last one has errors; rows of each are among the actions. */
  private async addUploads(campaignId: number, pageId: number): Promise<number> {
    const { rows } = await this.fleet.sql.query<{ id: number }>(
      'select id::int as id from actions.actions where campaign_id = $1 order by id',
      [campaignId],
    );
    let uploadId = 0;
    await this.each(async (n) => {
      const upload = { org_id: this.leadId, page_id: pageId, format: 'csv', settings: '{}', is_dry: false };
      const counted = { bytes_total: 10, requested_by: '1', object_key: `uploads/${this.leadId}/${n}.csv` };
      uploadId = await this.fleet.insert('uploads', { ...upload, ...counted, report_key: `reports/${n}` }, 'actions');
      const action_id = rows[n - 1]!.id;
      await this.fleet.sql.query(
        `insert into actions.upload_references (submission_id, upload_id, row_number, action_id) values ($1, $2, $3, $4)`,
        [randomUUID(), uploadId, n, action_id],
      );
      await this.fleet.sql.query(
        'insert into actions.late_references (action_id, org_id) values ($1, $2) on conflict do nothing',
        [action_id, this.leadId],
      );
    });
    await this.each((n) =>
      this.fleet.insert('upload_errors', { upload_id: uploadId, row_number: n, reason: 'is empty' }, 'actions'),
    );
    return uploadId;
  }

  private async addCredentials(): Promise<void> {
    await this.each((n) => {
      const [username, requestId] = [`${this.name}-${n}`, randomUUID()];
      const made = { request_id: requestId, create_request_id: requestId, created_by: this.admin.id };
      const columns = { org_id: this.leadId, label: `crm ${n}`, username, password_hash: 'x', ...made };
      return this.fleet.insert('crm_credentials', columns, 'topology');
    });
  }

  private async addFailedMail(purpose: string, columns: object): Promise<void> {
    const mail = { purpose, kind: 'thank_you', org_id: this.leadId, state: 'failed', error: 'HTTP 400', ...columns };
    const id = await this.fleet.insert('deliveries', mail, 'mail');
    await this.fleet.sql.query(
      `insert into mail.failures (delivery_id, severity, code, message, failed_at, event_key)
       values ($1, 'permanent', 550, 'no such user', now(), $2)`,
      [id, randomBytes(16)],
    );
    await this.each((n) =>
      this.fleet.sql.query(
        `insert into mail.events (event_key, delivery_id, type, severity, at)
         values ($1, $2, 'failed', 'permanent', now() + $3 * interval '1 second')`,
        [randomBytes(16), id, n],
      ),
    );
  }
}
