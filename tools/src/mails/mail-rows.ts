import type { Client } from 'pg';
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
  constructor(private readonly client: Client) {}

  async list(states: readonly MailState[], limit: number): Promise<ListedMail[]> {
    const { rows } = await this.client.query<ListedMail>(
      `select id, state, purpose, kind, org_id as "orgId", attempts, error, updated_at as "updatedAt"
         from mail.deliveries where state = any($1) order by id desc limit $2`,
      [states, limit],
    );
    return rows;
  }

  /**
   * A new mail under a purpose of its own, `:p<number>`, in place of one that is unknown. That one is closed in the same
   * transaction, so it is resent once. Null without such a row.
   */
  async resend(id: string): Promise<string | null> {
    return this.inTransaction(async () => {
      const { rows } = await this.client.query<{ purpose: string }>(
        `select purpose from mail.deliveries where id = $1 and state = 'unknown' for update`,
        [id],
      );
      const old = rows[0]?.purpose;
      if (old === undefined) return null;
      const purpose = nextPurpose(old);
      await this.client.query(
        `insert into mail.deliveries (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, accepted_at,
                template, locale, recipient, variables, not_after)
         select $2, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, accepted_at, template, locale, recipient,
                variables, now() + interval '3 days' from mail.deliveries where id = $1`,
        [id, purpose],
      );
      await this.close(id, `resent by a person as ${purpose}`);
      return purpose;
    });
  }

  /** Nothing more is sent for it. Null without such a row. */
  async drop(id: string): Promise<string | null> {
    return this.close(id, 'dropped by a person');
  }

  private async close(id: string, error: string): Promise<string | null> {
    const { rows } = await this.client.query<{ purpose: string }>(
      `update mail.deliveries
          set state = 'failed', error = $2, recipient = null, variables = null, custom_id = null, ref = null, updated_at = now()
        where id = $1 and state = 'unknown' returning purpose`,
      [id, error],
    );
    return rows[0]?.purpose ?? null;
  }

  private async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('begin');
    try {
      const result = await work();
      await this.client.query('commit');
      return result;
    } catch (error) {
      await this.client.query('rollback').catch(() => undefined);
      throw error;
    }
  }
}

function nextPurpose(purpose: string): string {
  const [, base = purpose, last = '0'] = /^(.*?)(?::p([0-9]+))?$/s.exec(purpose) ?? [];
  return `${base}:p${Number(last) + 1}`;
}
