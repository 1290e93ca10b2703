import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { cryptoReady, hashApiToken, newApiToken, SecretEnvelope } from '@groundswell/crypto';
import type { OutboxPublisher } from '@groundswell/persistence';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { ApplicationModule } from '../../src/application/application.module';
import { AuthModule } from '../../src/auth/auth.module';
import { CampaignsModule } from '../../src/campaigns/campaigns.module';
import { CatalogueModule } from '../../src/catalogue-writing/catalogue.module';
import type { CatalogueSettings, CatalogueSurroundings } from '../../src/catalogue-writing/catalogue-settings';
import { ConfirmsModule } from '../../src/confirms/confirms.module';
import { DeletionModule } from '../../src/deletion/deletion.module';
import { GraphqlApiModule } from '../../src/graphql/graphql-api.module';
import { typeDefs } from '../../src/graphql/schema/type-defs';
import { createHttpAdapter } from '../../src/http/http-adapter';
import { RuntimeModule } from '../../src/http/runtime.module';
import { KeysModule } from '../../src/keys/keys.module';
import { MembersModule } from '../../src/members/members.module';
import { MttModule } from '../../src/mtt/mtt.module';
import { OrgsModule } from '../../src/orgs/orgs.module';
import { PagesModule } from '../../src/pages/pages.module';
import { ServicesModule } from '../../src/services/services.module';
import { SubscriptionsModule, type SubscriptionsOptions } from '../../src/subscriptions/subscriptions.module';
import { TargetsModule } from '../../src/targets/targets.module';
import { TemplatesModule } from '../../src/templates/templates.module';
import { UsersModule } from '../../src/users/users.module';

type Published = Parameters<OutboxPublisher['publishAll']>[0][number];

export interface Answer {
  data: Record<string, never> | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

export const instanceName = 'instance';

const quiet = (): void => undefined;

@Module({})
class AdminTestModule {
  static with(surroundings: CatalogueSurroundings, sockets: SubscriptionsOptions, http: object): DynamicModule {
    const config = http as Parameters<typeof RuntimeModule.forRoot>[0];
    return {
      module: AdminTestModule,
      imports: [
        RuntimeModule.forRoot(config, {
          error: (fields) => void process.stderr.write(`${inspect(fields)}\n`),
          warn: quiet,
          info: quiet,
          debug: quiet,
        }),
        CatalogueModule.register({ useFactory: () => surroundings }),
        ApplicationModule,
        UsersModule,
        OrgsModule,
        CampaignsModule,
        PagesModule,
        KeysModule,
        ServicesModule,
        ConfirmsModule,
        MembersModule,
        DeletionModule,
        SubscriptionsModule.register(sockets),
        TargetsModule,
        MttModule,
        TemplatesModule,
        GraphqlApiModule.forRoot({ typeDefs, auth: AuthModule }),
      ],
    };
  }
}

export interface GatewayOptions {
  envelopeKey?: Buffer;
  settings?: Partial<CatalogueSettings>;
  databaseUrl?: string;
  surroundings?: Partial<CatalogueSurroundings>;
  sockets?: SubscriptionsOptions;
  /** Variables of the gateway's configuration that are read where they are needed. */
  config?: object;
}

/** One gateway with its admin features on a real database, and hands to set it up. */
export class AdminGateway {
  readonly published: Published[] = [];
  readonly refusals: Error[] = [];

  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly owner: Client,
    readonly surroundings: CatalogueSurroundings,
  ) {}

  static async start(database: TestDatabase, options: GatewayOptions = {}): Promise<AdminGateway> {
    await cryptoReady();
    const published: Published[] = [];
    const refusals: Error[] = [];
    const surroundings: CatalogueSurroundings = {
      settings: {
        databaseUrl: options.databaseUrl ?? database.urls.gateway,
        databasePoolSize: 5,
        databaseWaitMs: 60_000,
        databaseConnectMs: 60_000,
        // Tests say when: nothing here depends on the time between two comparisons.
        refreshMs: 600_000,
        instanceOrgName: instanceName,
        publicUrl: 'https://campaigns.test',
        initialAdmin: null,
        queueAlias: false,
        envelope: new SecretEnvelope([options.envelopeKey ?? testEnvelopeKey]),
        statsCacheMs: 0,
        ...options.settings,
      },
      logger: { info: quiet, warn: quiet, error: quiet },
      publisher: {
        publishAll: async (messages) => {
          published.push(...messages);
          return messages.map(() => ({ status: 'confirmed' as const }));
        },
      },
      refuseToRun: (reason) => void refusals.push(reason),
      ...options.surroundings,
    };
    const owner = new Client({ connectionString: database.urls.owner });
    await owner.connect();
    try {
      const adapter = await createHttpAdapter({ allowedOrigins: ['*'], trustedProxies: 0 });
      const app = await NestFactory.create<NestFastifyApplication>(
        AdminTestModule.with(surroundings, options.sockets ?? {}, options.config ?? {}),
        adapter,
        {
          logger: ['error', 'fatal'],
          abortOnError: false,
        },
      );
      await app.listen(0, '127.0.0.1');
      const gateway = new AdminGateway(app, database, owner, surroundings);
      Object.assign(gateway, { published, refusals });
      return gateway;
    } catch (error) {
      await owner.end();
      throw error;
    }
  }

  /** A user with an API token; answers the token and id. */
  async addUser(email: string, perms = 0): Promise<{ id: number; token: string }> {
    const { token } = newApiToken();
    const user = await this.one<{ id: number }>(
      `insert into catalog.users (email, hashed_password, perms) values ($1, 'x', $2) returning id`,
      [email, perms],
    );
    await this.owner.query(`insert into catalog.users_tokens (user_id, token, context) values ($1, $2, 'api')`, [
      user.id,
      hashApiToken(token),
    ]);
    return { id: user.id, token };
  }

  async addStaffer(userId: number, orgId: number, perms: number): Promise<void> {
    await this.owner.query('insert into catalog.staffers (user_id, org_id, perms) values ($1, $2, $3)', [
      userId,
      orgId,
      perms,
    ]);
  }

  async one<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row> {
    const { rows } = await this.owner.query<Row>(sql, parameters);
    if (!rows[0]) throw new Error(`no row: ${sql}`);
    return rows[0];
  }

  /** An org with its owner, made as a client would. */
  async addOrg(input: object = {}): Promise<{ id: number; name: string; token: string; userId: number }> {
    const { id: userId, token } = await this.addUser(`${unique('owner')}@example.org`);
    const org = { name: unique('org'), title: 'An org', ...input };
    const { addOrg } = await this.get<{ addOrg: { id: number; name: string } }>(
      'mutation ($input: OrgInput!) { addOrg(input: $input) { id name } }',
      { input: org },
      token,
    );
    return { ...addOrg, token, userId };
  }

  async addCampaign(org: { name: string; token: string }, input: object = {}): Promise<{ id: number; name: string }> {
    const { addCampaign } = await this.get<{ addCampaign: { id: number; name: string } }>(
      'mutation ($orgName: String!, $input: CampaignInput!) { addCampaign(orgName: $orgName, input: $input) { id name } }',
      { orgName: org.name, input: { name: unique('campaign'), title: 'A campaign', ...input } },
      org.token,
    );
    return addCampaign;
  }

  async addPage(
    org: { name: string; token: string },
    campaign: { name: string },
    input: object = {},
  ): Promise<{ id: number; name: string }> {
    const { addActionPage } = await this.get<{ addActionPage: { id: number; name: string } }>(
      `mutation ($orgName: String!, $campaignName: String!, $input: ActionPageInput!) {
         addActionPage(orgName: $orgName, campaignName: $campaignName, input: $input) { id name } }`,
      {
        orgName: org.name,
        campaignName: campaign.name,
        input: { name: `${unique('page')}/en`, locale: 'en', ...input },
      },
      org.token,
    );
    return addActionPage;
  }

  async ask(query: string, variables: object = {}, token?: string): Promise<Answer> {
    const call = request(this.app.getHttpServer()).post('/api');
    if (token) call.set('authorization', `Bearer ${token}`);
    const response = await call.send({ query, variables });
    if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${response.text}`);
    return response.body as Answer;
  }

  /** The data of a document that must succeed. */
  async get<T = Record<string, never>>(query: string, variables: object = {}, token?: string): Promise<T> {
    const answer = await this.ask(query, variables, token);
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors));
    return answer.data as T;
  }

  /** Message and path of each error, in order. */
  async errors(query: string, variables: object = {}, token?: string): Promise<[string, string][]> {
    const { errors = [] } = await this.ask(query, variables, token);
    return errors.map(({ message, path = [] }) => [message, path.join('.')]);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.owner.end();
  }
}

export const testEnvelopeKey = randomBytes(32);

export const withDatabase = (): Promise<TestDatabase> => createTestDatabase();

/** Names that no other test uses. */
export const unique = (word: string): string => `${word}_${randomBytes(4).toString('hex')}`;
