import type { Client } from 'pg';
import type { MailDecision, RunStatement } from '@groundswell/persistence';
// This file alone: the whole library would load TypeORM, and a command answers at once.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
import { UnknownMails } from '../../../libs/persistence/src/mail/unknown-mails';
import type { MailState } from './mail-command';

export interface ListedMail {
  id: string;
  state: MailState;
  purpose: string;
  kind: string;
  orgId: string;
  attempts: number;
  error: string | null;
  updatedAt: Date;
}

/** Rows of mail.deliveries that need a person, as the database's owner sees them; never whom they are for. */
export class MailRows {
  private readonly unknown: UnknownMails;

  constructor(private readonly client: Client) {
    const run: RunStatement = async (sql, parameters) => (await client.query(sql, parameters)).rows as never;
    this.unknown = new UnknownMails(run);
  }

  async list(states: readonly MailState[], limit: number): Promise<ListedMail[]> {
    const { rows } = await this.client.query<ListedMail>(
      `select id, state, purpose, kind, org_id as "orgId", attempts, error, updated_at as "updatedAt"
         from mail.deliveries where state = any($1) order by id desc limit $2`,
      [states, limit],
    );
    return rows;
  }

  /** Null without an unknown mail of that id. */
  async resend(id: string): Promise<string | null> {
    return purposeOf(await this.unknown.resend(id));
  }

  /** Nothing more is sent for it. Null without an unknown mail of that id. */
  async drop(id: string): Promise<string | null> {
    return purposeOf(await this.unknown.drop(id));
  }
}

const purposeOf = (decision: MailDecision): string | null => (decision.outcome === 'changed' ? decision.purpose : null);
