import { createHmac, hash, randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { Database, OutboxRepository } from '@groundswell/persistence';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import type { MailEvent, MailEventType } from '../../src/events/mail-event';
import { DatabaseEventStorage } from '../../src/events/storage/database.event-storage';

export const hashAddress = (address: string): Buffer =>
  createHmac('sha256', 'test').update(address.trim().toLowerCase()).digest().subarray(0, 16);

export interface TestMail {
  id: number;
  address: string;
}

export interface MailColumns {
  state?: string;
  serviceId?: number | null;
  actionId?: number | null;
  ref?: Buffer | null;
  mailingId?: number | null;
  providerMessageId?: string | null;
  customId?: string | null;
  address?: string;
  attempts?: number;
}

const quiet = { info: () => undefined, warn: () => undefined };

/** The event storage of this service on a database of its own, with mails that were sent. */
export class EventFixture {
  private numbers = 0;
  private readonly databases: Database[] = [];
  readonly warnings: object[] = [];
  readonly orgId = 7;
  serviceId = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly sql: Pool,
    private readonly isShared: boolean,
  ) {}

  /** `shared`: a database that an earlier test of the file used; it is emptied first, and stays. */
  static async create(shared?: TestDatabase): Promise<EventFixture> {
    const database = shared ?? (await createTestDatabase());
    const pool = new Pool({ connectionString: database.urls.owner, max: 4 });
    const fixture = new EventFixture(database, pool, shared !== undefined);
    if (shared) await pool.query(emptied);
    await fixture.sql.query(`insert into catalog.orgs (id, name, title) values ($1, 'org', 'Org')`, [fixture.orgId]);
    fixture.serviceId = await fixture.service('mailgun');
    return fixture;
  }

  async service(name: string): Promise<number> {
    const { rows } = await this.sql.query<{ id: string }>(
      'insert into catalog.services (org_id, name) values ($1, $2) returning id',
      [this.orgId, name],
    );
    return Number(rows[0]?.id);
  }

  async mailing(): Promise<number> {
    const { rows } = await this.sql.query<{ id: string }>(
      'insert into mail.mailings (purpose, org_id) values ($1, $2) returning id',
      [`mailing:${randomUUID()}`, this.orgId],
    );
    return Number(rows[0]?.id);
  }

  /** As a process of the service has it. `poolSize` 2 at least for two pages at once. */
  async storage(poolSize = 2): Promise<DatabaseEventStorage> {
    const database = new Database({ url: this.database.urls.mail, applicationName: 'events-test', poolSize }, quiet);
    this.databases.push(database);
    await database.connect(10_000);
    return this.storageOn(database);
  }

  storageOn(database: Pick<Database, 'transaction'>): DatabaseEventStorage {
    const logger = { warn: (fields: object) => void this.warnings.push(fields) };
    return new DatabaseEventStorage(database, new OutboxRepository('mail'), hashAddress, logger as never);
  }

  async mail(columns: MailColumns = {}): Promise<TestMail> {
    const [mail] = await this.mails(1, () => columns);
    return mail as TestMail;
  }

  /** Rows as the sender leaves them. */
  async mails(count: number, columnsOf: (index: number) => MailColumns = () => ({})): Promise<TestMail[]> {
    const first = this.numbers;
    this.numbers += count;
    const rows = Array.from({ length: count }, (_, index) => {
      const number = first + index;
      const address = `person${number}@example.org`;
      return {
        place: index,
        purpose: `test:${number}`,
        address,
        state: 'sent',
        service_id: this.serviceId,
        action_id: 1_000 + number,
        ref: hash('sha256', address, 'buffer').toString('hex'),
        ...snakeCase(columnsOf(index)),
      };
    });
    const { rows: made } = await this.sql.query<{ id: string }>(
      `insert into mail.deliveries (purpose, kind, org_id, state, service_id, action_id, ref, mailing_id, provider_message_id,
                                    custom_id, address_hash, attempts, created_at, recipient)
       select r.purpose, 'thank_you', $2, r.state, r.service_id, r.action_id, decode(r.ref, 'hex'), r.mailing_id,
              r.provider_message_id, r.custom_id, decode(r.hash, 'hex'), coalesce(r.attempts, 1), '2026-01-01Z',
              case when r.state in ('unknown', 'sending', 'queued') then '{"email":"x@example.org"}'::jsonb end
         from jsonb_to_recordset($1::jsonb) as r (place int, purpose text, state text, service_id bigint, action_id bigint, ref text,
              mailing_id bigint, provider_message_id text, custom_id text, hash text, attempts int)
       order by r.place returning id`,
      [JSON.stringify(rows.map((row) => ({ ...row, hash: hashAddress(row.address).toString('hex') }))), this.orgId],
    );
    return rows.map(({ address }, index) => ({ id: Number(made[index]?.id), address }));
  }

  async row<T extends object>(sql: string, parameters: unknown[] = []): Promise<T | undefined> {
    const { rows } = await this.sql.query<T>(sql, parameters);
    return rows[0];
  }

  async rows<T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await this.sql.query<T>(sql, parameters)).rows;
  }

  async close(): Promise<void> {
    for (const database of this.databases) await database.close();
    await this.sql.end();
    if (!this.isShared) await this.database.drop();
  }
}

const emptied = `
do $$
declare
  name text;
  is_filled boolean;
begin
  for name in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'mail' loop
    execute 'select exists (select from ' || name || ')' into is_filled;
    if is_filled then execute 'truncate ' || name || ' restart identity cascade'; end if;
  end loop;
  delete from catalog.services;
  delete from catalog.orgs;
end $$`;

const snakeCase = ({ ref, ...columns }: MailColumns): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]),
  ),
  ...(ref !== undefined && { ref: ref?.toString('hex') ?? null }),
});

let eventNumber = 0;

/** `2026-03-01T10:00:00Z` and so many minutes. */
export const minute = (minutes: number): Date => new Date(Date.UTC(2026, 2, 1, 10) + minutes * 60_000);

export function anEvent(mail: TestMail, type: MailEventType, change: Partial<MailEvent> = {}): MailEvent {
  eventNumber += 1;
  return {
    id: `event-${eventNumber}`,
    provider: 'mailgun',
    serviceId: null,
    type,
    severity: null,
    recipient: mail.address,
    deliveryId: mail.id,
    providerMessageId: null,
    customId: null,
    at: minute(0),
    error: null,
    isMachine: false,
    isSuppressed: false,
    ...change,
  };
}

export const aFailure = (
  mail: TestMail,
  severity: 'permanent' | 'temporary',
  change: Partial<MailEvent> = {},
): MailEvent =>
  anEvent(mail, 'failed', {
    severity,
    error: { code: 550, enhancedCode: '5.1.1', message: 'no such user' },
    ...change,
  });
