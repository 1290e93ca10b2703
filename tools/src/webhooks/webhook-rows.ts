import type { Client } from 'pg';

export interface ListedWebhook {
  id: string;
  provider: string;
  serviceId: string | null;
  receivedAt: Date;
  attempts: number;
  error: string | null;
  /** Null: nobody tries again. */
  nextAttemptAt: Date | null;
}

/** Rows of mail.webhooks that could not be applied; never what is in them. */
export class WebhookRows {
  constructor(private readonly client: Client) {}

  async list(limit: number): Promise<ListedWebhook[]> {
    const { rows } = await this.client.query<ListedWebhook>(
      `select id, provider, service_id as "serviceId", received_at as "receivedAt", attempts, error,
              nullif(next_attempt_at, 'infinity') as "nextAttemptAt"
         from mail.webhooks where applied_at is null and error is not null order by received_at, id limit $1`,
      [limit],
    );
    return rows;
  }

  /** False without such a row. */
  replay(id: string): Promise<boolean> {
    return this.change(
      `update mail.webhooks set attempts = 0, next_attempt_at = now() where id = $1 and applied_at is null and error is not null`,
      id,
    );
  }

  drop(id: string): Promise<boolean> {
    return this.change(`delete from mail.webhooks where id = $1 and applied_at is null and error is not null`, id);
  }

  private async change(statement: string, id: string): Promise<boolean> {
    const { rowCount } = await this.client.query(statement, [id]);
    return rowCount === 1;
  }
}
