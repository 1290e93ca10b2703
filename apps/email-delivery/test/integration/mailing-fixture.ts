import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { systemQueues, type MailingContentV1, type MailingRecipientsV1 } from '@groundswell/contracts';
import { fingerprint } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { MailingControl } from '../../src/mailings/mailing-control';
import type { MailingState } from '../../src/mailings/mailing';
import { MailFixture, type TestOrg } from './mail-fixture';

export type MailingRecipient = MailingRecipientsV1['recipients'][number];

export interface TestMailing {
  purpose: string;
  recipients: MailingRecipient[];
}

export interface MailingRow {
  id: number;
  state: MailingState;
  error: string | null;
  candidates: number;
  excluded: number;
  recipients: number;
  isPrepared: boolean;
}

export interface BatchState {
  number: number;
  state: string;
  segment: string;
  recipients: number;
  attempts: number;
  status: number | null;
  error: string | null;
}

export interface MailingOptions {
  count?: number;
  recipients?: MailingRecipient[];
  content?: Partial<MailingContentV1>;
  perPart?: number;
  purpose?: string;
}

/** Mailings told through the broker, and what became of them. */
export class MailingFixture {
  private constructor(readonly mails: MailFixture) {}

  static async create(): Promise<MailingFixture> {
    return new MailingFixture(await MailFixture.create());
  }

  start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
    return this.mails.start({
      MAILING_BATCH_SIZE: '10',
      MAILING_RETRIES: '0',
      MAILING_RETRY_FIRST_MS: '20',
      ACCOUNT_PAUSE_FIRST_MS: '50',
      ACCOUNT_PAUSE_LONGEST_MS: '100',
      ...variables,
    });
  }

  recipients(count: number, change: (index: number) => Partial<MailingRecipient> = () => ({})): MailingRecipient[] {
    return Array.from({ length: count }, (_, index) => {
      const email = `${this.mails.unique('reader')}@example.org`;
      return {
        contactRef: fingerprint('mailing', email).toString('base64url'),
        actionId: 100_000 + this.mails.next(),
        acceptedAt: new Date(Date.now() - 86_400_000).toISOString(),
        email,
        name: null,
        locale: null,
        variables: { firstName: `Reader ${index}` },
        ...change(index),
      };
    });
  }

  /** The messages of a mailing, in the order in which they would be published. */
  messages(org: TestOrg, { count = 25, recipients, content = {}, perPart = 1_000, purpose }: MailingOptions = {}) {
    const all = recipients ?? this.recipients(count);
    const mailing = {
      purpose: purpose ?? this.mails.unique('mailing-'),
      orgId: org.id,
      campaignId: org.campaignId,
    };
    const parts = Array.from({ length: Math.ceil(all.length / perPart) }, (_, index) => ({
      schema: 'groundswell:mailing-recipients:1' as const,
      ...mailing,
      part: index + 1,
      recipients: all.slice(index * perPart, (index + 1) * perPart),
    }));
    const told: MailingContentV1 = {
      schema: 'groundswell:mailing-content:1',
      ...mailing,
      content: { subject: 'News', html: '<p>Dear {{firstName}}</p>', text: null },
      trackOpens: true,
      trackClicks: false,
      ...content,
    };
    const prepared = {
      schema: 'groundswell:mailing-prepared:1' as const,
      ...mailing,
      parts: parts.length,
      recipients: all.length,
    };
    return { purpose: mailing.purpose, recipients: all, all: [told, ...parts, prepared], told, parts, prepared };
  }

  async publish(messages: readonly { schema: string; purpose: string }[]): Promise<void> {
    for (const message of messages) {
      const messageId = `${message.purpose}:${this.mails.next()}`;
      await this.mails.send(systemQueues.emailMailings, message, { messageId, type: message.schema });
    }
  }

  async told(org: TestOrg, options: MailingOptions = {}): Promise<TestMailing> {
    const { purpose, recipients, all } = this.messages(org, options);
    await this.publish(all);
    return { purpose, recipients };
  }

  async row({ purpose }: Pick<TestMailing, 'purpose'>): Promise<MailingRow | undefined> {
    const { rows } = await this.mails.sql.query<MailingRow>(
      `select id::int as id, state, error, candidate_count as candidates, excluded_count as excluded,
              recipient_count as recipients, prepared_at is not null as "isPrepared"
         from mail.mailings where purpose = $1`,
      [purpose],
    );
    return rows[0];
  }

  async inState(mailing: Pick<TestMailing, 'purpose'>, state: MailingState): Promise<MailingRow> {
    return waitFor(async () => {
      const row = await this.row(mailing);
      if (row?.state !== state) throw new Error(JSON.stringify({ ...row, batches: await this.batches(mailing) }));
      return row;
    });
  }

  async batches({ purpose }: Pick<TestMailing, 'purpose'>): Promise<BatchState[]> {
    const { rows } = await this.mails.sql.query<BatchState>(
      `select b.number, b.state, b.segment, b.recipient_count as recipients, b.attempts, b.error_status as status,
              b.error_message as error
         from mail.mailing_batches b join mail.mailings m on m.id = b.mailing_id where m.purpose = $1 order by b.number`,
      [purpose],
    );
    return rows;
  }

  /** How many recipients are in each state. */
  async states({ purpose }: Pick<TestMailing, 'purpose'>): Promise<Record<string, number>> {
    const { rows } = await this.mails.sql.query<{ state: string; n: number }>(
      `select d.state, count(*)::int as n from mail.deliveries d join mail.mailings m on m.id = d.mailing_id
        where m.purpose = $1 group by d.state`,
      [purpose],
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  /** Of recipients without their mail. */
  async errors({ purpose }: Pick<TestMailing, 'purpose'>): Promise<string[]> {
    const { rows } = await this.mails.sql.query<{ text: string }>(
      `select d.state || ': ' || coalesce(d.error, '') as text
         from mail.deliveries d join mail.mailings m on m.id = d.mailing_id where m.purpose = $1 and d.state <> 'sent'`,
      [purpose],
    );
    return rows.map(({ text }) => text);
  }

  /** The time of all its batches has come. */
  async hurry({ purpose }: Pick<TestMailing, 'purpose'>): Promise<void> {
    await this.change(
      `update mail.mailing_batches b set not_before = now() from mail.mailings m
        where m.id = b.mailing_id and m.purpose = $1`,
      [purpose],
    );
  }

  async change(sql: string, parameters: unknown[]): Promise<void> {
    await this.mails.sql.query(sql, parameters);
  }

  control(app: NestFastifyApplication): MailingControl {
    return app.get(MailingControl);
  }

  close(): Promise<void> {
    return this.mails.close();
  }
}
