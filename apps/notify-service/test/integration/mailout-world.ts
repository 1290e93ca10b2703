import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exchanges, mailingMessageV1, systemQueues, type MailingMessageV1 } from '@groundswell/contracts';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { MailoutRequests } from '../../src/mailouts/mailout-requests';
import { NotifyFixture } from './notify-fixture';

export interface World {
  orgId: number;
  campaignId: number;
  pageId: number;
}

export interface Signed {
  supporterId: number;
  actionId: number;
  ref: Buffer;
  contactRef: string;
}

export interface Signing {
  ref?: Buffer;
  email?: string | null;
  /** Of the org's record; undefined: in clear, with the address. */
  payload?: { sealed: true };
  consent?: boolean | null;
  supporter?: Record<string, unknown>;
  action?: Record<string, unknown>;
}

interface Recipients {
  purpose: string;
  contactRef: string;
  email: string;
  variables: Record<string, unknown>;
}

const accepted = 3;
const noSegment = { actionType: null, area: null, language: null, since: null };

/** Supporters and mailouts of orgs, and what is told to email-delivery. */
export class MailoutWorld {
  readonly told: MailingMessageV1[] = [];

  private constructor(
    readonly fixture: NotifyFixture,
    readonly app: NestFastifyApplication,
  ) {}

  static async start(): Promise<MailoutWorld> {
    const fixture = await NotifyFixture.create();
    await fixture.vhost.declareQueue(systemQueues.emailMailings, {
      exchange: exchanges.deliver,
      key: 'system.mailing.*',
    });
    const app = await fixture.start({
      MAILOUT_STEP_SIZE: '10',
      MAILOUT_SETTLE_INTERVAL: '100',
      AWAITING_INTERVAL: '100',
      FOLLOW_UP_REMINDER_INTERVAL: '100',
      REMINDER_POLL_MS: '3600000',
    });
    return new MailoutWorld(fixture, app);
  }

  private async insert(table: string, row: Record<string, unknown>): Promise<number> {
    const names = Object.keys(row);
    const { rows } = await this.fixture.sql.query<{ id: string }>(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(row),
    );
    return Number(rows[0]?.id);
  }

  query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.fixture.sql.query<Row>(text, values).then(({ rows }) => rows);
  }

  /** An org with a mail account, a campaign and a page. */
  async aWorld(config: object = {}): Promise<World> {
    const orgId = await this.fixture.anOrg();
    const service = await this.insert('catalog.services', { org_id: orgId, name: 'preview' });
    await this.query(
      `update catalog.orgs set email_backend_id = $2, email_from = 'office@example.org', config = $3 where id = $1`,
      [orgId, service, JSON.stringify(config)],
    );
    const campaignId = await this.fixture.aCampaign(orgId);
    return { orgId, campaignId, pageId: await this.fixture.aPage(orgId, campaignId) };
  }

  async signed({ orgId, campaignId, pageId }: World, signing: Signing = {}): Promise<Signed> {
    const { ref = randomBytes(32), email = `${this.fixture.unique('reader')}@example.org` } = signing;
    const at = { campaign_id: campaignId, action_page_id: pageId };
    const supporterId = await this.insert('actions.supporters', {
      ...at,
      fingerprint: ref,
      first_name: 'Harald',
      processing_status: accepted,
      ...signing.supporter,
    });
    await this.insert('actions.contacts', {
      supporter_id: supporterId,
      org_id: orgId,
      communication_consent: signing.consent === undefined ? true : signing.consent,
      ...(signing.payload
        ? { payload: randomBytes(48), crypto_nonce: randomBytes(24), public_key_id: 1, sign_key_id: 1 }
        : { payload: Buffer.from(JSON.stringify(email === null ? {} : { email, firstName: 'Harald' })) }),
    });
    const action = { ...at, supporter_id: supporterId, action_type: 'register', with_consent: true, ...signing.action };
    const actionId = await this.insert('actions.actions', action);
    return { supporterId, actionId, ref, contactRef: ref.toString('base64url') };
  }

  many(world: World, count: number): Promise<Signed[]> {
    return Promise.all(Array.from({ length: count }, () => this.signed(world)));
  }

  async statusOf({ supporterId }: Signed, emailStatus: number): Promise<void> {
    await this.query('update actions.supporters set email_status = $2, email_status_changed = now() where id = $1', [
      supporterId,
      emailStatus,
    ]);
  }

  /** As a request of the gateway does. */
  private ask<T>(work: (requests: MailoutRequests, manager: Parameters<MailoutRequests['start']>[0]) => Promise<T>) {
    return this.app.get(Database).transaction((manager) => work(this.app.get(MailoutRequests), manager));
  }

  async aMailout({ orgId, campaignId }: World, segment: object = {}): Promise<string> {
    const name = this.fixture.unique('mailout');
    const draft = { orgId, campaignId, name, template: 'news', ...noSegment, ...segment };
    await this.ask((requests, manager) => requests.add(manager, draft));
    return name;
  }

  change({ orgId }: World, name: string, how: 'start' | 'pause' | 'stop') {
    return this.ask((requests, manager) => requests[how](manager, { orgId, name }));
  }

  test({ orgId }: World, name: string) {
    return this.ask((requests, manager) => requests.test(manager, { orgId, name }));
  }

  async id(name: string): Promise<number> {
    const [row] = await this.query<{ id: string }>('select id from notify.mailouts where name = $1', [name]);
    return Number(row?.id);
  }

  async row(name: string): Promise<Record<string, unknown>> {
    const [row] = await this.query<Record<string, unknown>>('select * from notify.mailouts where name = $1', [name]);
    return row ?? {};
  }

  inState(name: string, state: string): Promise<unknown> {
    return waitFor(async () => {
      const row = await this.row(name);
      if (row['state'] !== state) throw new Error(JSON.stringify(row));
      return true;
    });
  }

  /** Reason of each who was left out, else the state. */
  async fates(name: string): Promise<Map<string, string>> {
    const rows = await this.query<{ ref: Buffer; fate: string }>(
      `select p.ref, coalesce(p.reason, p.state) as fate from notify.mailout_people p
         join notify.mailouts o on o.id = p.mailout_id where o.name = $1 and p.ref is not null`,
      [name],
    );
    return new Map(rows.map(({ ref, fate }) => [ref.toString('base64url'), fate]));
  }

  /** All that was told so far, once nothing waits to be. */
  async tell(): Promise<MailingMessageV1[]> {
    await waitFor(async () => (await this.fixture.count('notify.outbox')) === 0);
    for (const { content } of await this.fixture.vhost.drain(systemQueues.emailMailings)) {
      this.told.push(mailingMessageV1.parse(JSON.parse(content.toString())));
    }
    return this.told;
  }

  /** Recipients of the mailings whose purpose begins so. */
  async recipients(purpose: string): Promise<Recipients[]> {
    const isOne = (message: MailingMessageV1) =>
      message.purpose === purpose || message.purpose.startsWith(`${purpose}:`);
    return (await this.tell())
      .filter(isOne)
      .flatMap((message) =>
        message.schema === 'groundswell:mailing-recipients:1'
          ? message.recipients.map((recipient) => ({ purpose: message.purpose, ...recipient }))
          : [],
      );
  }

  /** Until the periodic job has run twice more: then it has seen all there is now. */
  async afterJob(type: string): Promise<void> {
    const done = () => this.fixture.count(`notify.jobs where type = '${type}' and state = 'complete'`);
    const before = await done();
    await waitFor(async () => (await done()) >= before + 2);
  }
}
