import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from 'pg';
import { loadConfig } from '@groundswell/config';
import { Database } from '@groundswell/persistence';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { AuthModule } from '../../src/auth/auth.module';
import { BrowserPagesModule } from '../../src/browser-pages/browser-pages.module';
import { configSchema } from '../../src/config';
import type { HttpSettings } from '../../src/http/http-adapter';
import { MailboxModule } from '../../src/mailbox/mailbox.module';
import { startTransport, type TransportApp } from './transport.fixture';

const quiet = { info: () => undefined, warn: () => undefined };

@Global()
@Module({})
class DatabaseModule {
  static of(database: Database): DynamicModule {
    return { module: DatabaseModule, providers: [{ provide: Database, useValue: database }], exports: [Database] };
  }
}

/** Accounts in a database of their own, and gateways that know them: API and pages, no broker. */
export class AccountsFixture {
  private readonly apps = new Set<TransportApp>();

  private constructor(
    readonly testDatabase: TestDatabase,
    readonly owner: Client,
    readonly database: Database,
  ) {}

  static async create(): Promise<AccountsFixture> {
    const testDatabase = await createTestDatabase();
    const owner = new Client({ connectionString: testDatabase.urls.owner });
    await owner.connect();
    const database = new Database({ url: testDatabase.urls.gateway, applicationName: 'test', poolSize: 4 }, quiet);
    await database.connect(30_000);
    await owner.query(`insert into catalog.orgs (name, title) values ('instance', 'Instance')`);
    return new AccountsFixture(testDatabase, owner, database);
  }

  async start(environment: Record<string, string> = {}, http: Partial<HttpSettings> = {}): Promise<TransportApp> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.testDatabase.urls.gateway,
      AMQP_URL: 'amqp://nobody@127.0.0.1:1',
      ENVELOPE_KEY: Buffer.alloc(32, 7).toString('base64url'),
      NODE_ENV: 'test',
      ...environment,
    });
    const imports = [DatabaseModule.of(this.database), BrowserPagesModule, MailboxModule];
    const app = await startTransport(http, { auth: AuthModule, imports, config });
    this.apps.add(app);
    return app;
  }

  async addUser(email: string, changes: { hash?: string; externalId?: string } = {}): Promise<number> {
    const rows = await this.rows<{ id: string }>(
      'insert into catalog.users (email, hashed_password, external_id) values ($1, $2, $3) returning id',
      [email, changes.hash ?? 'x', changes.externalId ?? null],
    );
    return Number(rows[0]?.id);
  }

  async rows<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.owner.query<Row>(sql, parameters)).rows;
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close();
    await this.database.close();
    await this.owner.end();
    await this.testDatabase.drop();
  }
}
