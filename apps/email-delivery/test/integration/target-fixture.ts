import { randomUUID } from 'node:crypto';
import * as tls from 'node:tls';
import {
  exchanges,
  factKeys,
  mailOutcomeV1,
  systemQueues,
  type MailOutcomeV1,
  type TargetMailV1,
} from '@groundswell/contracts';
import { fingerprint } from '@groundswell/crypto';
import { mttPurpose } from '@groundswell/domain';
import { OutboxRelay } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import type { TargetMailContent } from '../../src/targets/target-mail';
import { SmtpSink } from '../providers/mime-servers';
import { SupabaseServer } from '../providers/provider-servers';
import { MailFixture, type TestOrg } from './mail-fixture';

const outcomes = 'test.outcomes';
const storageKey = 'storage-key';

/** What the row of a mail to a target holds. */
export const targetContent = (change: Partial<TargetMailContent> = {}): TargetMailContent => ({
  testing: false,
  target: { id: randomUUID(), name: 'Ann', externalId: 'mp:1', locale: null, area: null, fields: {} },
  supporter: { firstName: 'Harald', lastName: 'Blau', email: 'harald@example.org', area: null },
  cc: [],
  subject: 'Please act',
  body: 'Dear {{target.name}}',
  files: [],
  ...change,
});

export interface TestTarget {
  campaignId: number;
  pageId: number;
  id: string;
  email: string;
  emailId: number;
}

export type AskedChange = Partial<TargetMailV1>;

/** email-delivery with a lead org that mails by SMTP and keeps files in Supabase; it plays mtt-service. */
export class TargetFixture {
  private readonly told: MailOutcomeV1[] = [];

  private constructor(
    readonly mails: MailFixture,
    readonly sink: SmtpSink,
    readonly storage: SupabaseServer,
    readonly lead: TestOrg & { serviceId: number },
  ) {}

  static async create(variables: Record<string, string> = {}): Promise<TargetFixture> {
    const sink = await new SmtpSink().start();
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), sink.cert]);
    const [mails, storage] = await Promise.all([MailFixture.create(), new SupabaseServer(storageKey).start()]);
    await mails.vhost.declareExchange(exchanges.event);
    await mails.vhost.declareQueue(outcomes, { exchange: exchanges.event, key: factKeys.mailOutcome });
    await mails.sql.query(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', '1', 'confirmed', now())`,
    );
    const org = await mails.anOrg(null, { name: 'lead' });
    const backend = { name: 'smtp', host: sink.url, user: 'sender', password: 'secret' };
    const serviceId = await mails.setBackend(org, 'email_backend_id', backend);
    await mails.setBackend(org, 'storage_backend_id', { name: 'supabase', host: storage.url, password: storageKey });
    await mails.start(variables);
    return new TargetFixture(mails, sink, storage, { ...org, serviceId });
  }

  async close(): Promise<void> {
    await this.mails.close();
    await Promise.all([this.sink.stop(), this.storage.stop()]);
  }

  /** In a live campaign of its own, collected by another org than the one that leads. */
  async aTarget(): Promise<TestTarget> {
    const { mails, lead } = this;
    const campaign = { name: mails.unique('river'), title: 'Save the river', org_id: lead.id, status: 1 };
    const campaignId = await mails.insert('catalog.campaigns', campaign);
    const endAt = new Date(Date.now() + 86_400_000);
    await mails.insert('catalog.mtt', { campaign_id: campaignId, start_at: new Date(), end_at: endAt });
    const partner = await mails.anOrg(null);
    const page = { name: mails.unique('act/'), locale: 'pl', org_id: partner.id, campaign_id: campaignId };
    const pageId = await mails.insert('catalog.action_pages', page);
    const [id, email] = [randomUUID(), `${mails.unique('ann')}@parliament.test`];
    await mails.sql.query(
      `insert into catalog.targets (id, external_id, name, campaign_id) values ($1, $2, 'Ann', $3)`,
      [id, mails.unique('mp'), campaignId],
    );
    const emailId = await mails.insert('catalog.target_emails', { target_id: id, email });
    await mails.seen(
      ({ campaigns, pages }) => campaigns.get(campaignId) !== undefined && pages.get(pageId) !== undefined,
    );
    return { campaignId, pageId, id, email, emailId };
  }

  /** One asking of mtt-service. */
  async ask(target: TestTarget, change: AskedChange = {}): Promise<TargetMailV1> {
    const number = this.mails.next();
    const { supporter, ...content } = targetContent();
    const email = change.supporter?.email ?? `${this.mails.unique('harald')}@example.org`;
    const ref = change.ref ?? fingerprint('test', email).toString('base64url');
    const mail: TargetMailV1 = {
      schema: 'groundswell:target-mail:1',
      purpose: mttPurpose({ targetId: target.id, contactRef: ref }),
      attempt: 1,
      messageId: 10_000 + number,
      campaignId: target.campaignId,
      orgId: this.lead.id,
      actionPageId: target.pageId,
      actionId: 20_000 + number,
      ref,
      acceptedAt: new Date(Date.now() - 1_000).toISOString(),
      targetEmailId: target.emailId,
      to: { name: 'Ann', email: target.email },
      template: null,
      notAfter: new Date(Date.now() + 3_600_000).toISOString(),
      ...content,
      supporter: { ...supporter, email },
      target: { ...content.target, id: target.id },
      ...change,
    };
    await this.mails.send(systemQueues.emailRequest, mail, { messageId: randomUUID(), type: mail.schema });
    return mail;
  }

  /** Told of the message so far, oldest first. */
  async answersTo({ messageId }: Pick<TargetMailV1, 'messageId'>): Promise<MailOutcomeV1[]> {
    for (const app of this.mails.running) app.get(OutboxRelay).wake();
    for (const { content } of await this.mails.vhost.drain(outcomes)) {
      this.told.push(mailOutcomeV1.parse(JSON.parse(content.toString('utf8'))));
    }
    return this.told.filter(({ customId }) => customId === `mtt:${messageId}`);
  }

  /** Once there are that many. */
  answers(mail: Pick<TargetMailV1, 'messageId'>, count = 1): Promise<MailOutcomeV1[]> {
    return waitFor(async () => {
      const answers = await this.answersTo(mail);
      return answers.length >= count ? answers : undefined;
    });
  }

  async answer(mail: Pick<TargetMailV1, 'messageId'>): Promise<MailOutcomeV1> {
    const [answer] = await this.answers(mail);
    return answer as MailOutcomeV1;
  }

  sentTo({ email }: Pick<TestTarget, 'email'>) {
    return this.sink.mails.filter(({ to }) => to[0] === email);
  }
}
