import { Inject, Injectable, Module } from '@nestjs/common';
import type { ModuleMetadata, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GraphQLResolveInfo } from 'graphql';
import request from 'supertest';
import { DatabaseAwayError } from '@groundswell/persistence';
import { ApiError, InputError, unavailable } from '../../src/api/api-error';
import type { GatewayConfig } from '../../src/config';
import type { RequestContext, Viewer } from '../../src/auth/access';
import { RequestAuthenticator } from '../../src/auth/request-authenticator';
import { GraphqlApiModule } from '../../src/graphql/graphql-api.module';
import { RefusedRequest } from '../../src/graphql/requests/refused-request';
import { baseSdl } from '../../src/graphql/schema/base.graphql';
import { createHttpAdapter } from '../../src/http/http-adapter';
import type { HttpSettings } from '../../src/http/http-adapter';
import { RuntimeModule } from '../../src/http/runtime.module';

const testSdl = /* GraphQL */ `
  ${baseSdl}

  extend type RootQueryType {
    whoami: String
    echo(streetName: String, count: Int, ids: [ID!], json: Json, at: DateTime, day: Date, color: Color): Echo!
    thing(id: Int, fail: Boolean): Thing!
    inputs(input: PersonInput!): String!
    needs(id: Int! = 3): Int!
    instants: Instants!
    broken: String
    brokenPromise: String!
    slow: String!
  }

  extend type RootMutationType {
    sign(contactRef: ID, contact: PersonInput!, tags: [String!]): String!
    fails(how: String!): String!
    nullableFails(how: String!): String
    remember(word: String!): [String!]!
    fieldKey(word: String): String!
    addAction(word: String): String!
    acceptOrgConfirm(word: String): String!
  }

  enum Color {
    DARK_RED
    BLUE
  }

  input PersonInput {
    firstName: String!
    address: StreetInput
    others: [StreetInput!]
    customFields: Json
    birthDate: Date
  }

  input StreetInput {
    streetNumber: String
  }

  type Instants {
    at: DateTime!
    naive: NaiveDateTime!
    day: Date!
    json: Json!
  }

  type Echo {
    args: String!
    kinds: String!
    streetName: String
  }

  interface Thing {
    id: Int!
    displayName: String!
  }

  type PublicThing implements Thing {
    id: Int!
    displayName: String!
  }

  type PrivateThing implements Thing {
    id: Int!
    displayName: String!
    secret: String!
  }
`;

/** A query in hand until the test lets it go. */
export const slowQuery = { entered: (): void => undefined, release: (): void => undefined };

@Resolver()
class TestQueries {
  @Query('whoami')
  whoami(@Context() context: RequestContext): string | null {
    return context.viewer?.email ?? null;
  }

  @Query('echo')
  echo(@Args() args: Record<string, unknown>): object {
    const kinds = Object.entries(args).map(([name, value]) => `${name}:${value?.constructor.name}`);
    return { args: JSON.stringify(args), kinds: kinds.sort().join(' '), streetName: args['streetName'] };
  }

  @Query('thing')
  thing(@Args('id') id: number | undefined, @Args('fail') fail: boolean | undefined): object {
    return id === 1
      ? { __typename: 'PrivateThing', id, secret: 's', fail }
      : { __typename: 'PublicThing', id: 2, fail };
  }

  @Query('inputs')
  inputs(@Args('input') input: object): string {
    return JSON.stringify(input);
  }

  @Query('needs')
  needs(@Args('id') id: number): number {
    return id;
  }

  @Query('instants')
  instants(): object {
    const at = new Date('2024-04-12T16:14:14.987Z');
    return { at, naive: at, day: '2024-04-12', json: { a: [1, { b: null }] } };
  }

  @Query('broken')
  broken(): string {
    throw new TypeError('password is hunter2');
  }

  @Query('slow')
  async slow(): Promise<string> {
    slowQuery.entered();
    await new Promise<void>((resolve) => (slowQuery.release = resolve));
    return 'done';
  }

  @Query('brokenPromise')
  async brokenPromise(): Promise<string> {
    return Promise.reject(new Error('select from secret_table'));
  }
}

const failures: Record<string, () => Error> = {
  code: () => new ApiError('not_found', 'Entity not found'),
  extra: () => new ApiError('permission_denied', 'No', { required: ['manage_campaigns'], org_id: 7 }),
  text: () => new ApiError(null, 'contact_ref: Cannot decode from Base64url'),
  away: () => unavailable(7),
  database: () => new DatabaseAwayError('connection refused at 10.0.0.1'),
  input: () =>
    new InputError([
      { message: 'has invalid format', path: ['firstName'] },
      { message: "can't be blank", path: ['address', 'postcode'] },
      { message: 'has invalid format', path: ['firstName'] },
      { message: 'is invalid', path: ['targets', 0, 'emails', 1, 'email'] },
    ]),
  fault: () => new Error('internals'),
};

@Resolver()
class TestMutations {
  private readonly words: string[] = [];

  @Mutation('sign')
  sign(@Args() args: object, @Context() context: RequestContext): string {
    const { referer, idempotencyKey } = context;
    return JSON.stringify({ args, referer, idempotencyKey });
  }

  @Mutation('fails')
  fails(@Args('how') how: string): string {
    throw failures[how]!();
  }

  @Mutation('nullableFails')
  async nullableFails(@Args('how') how: string): Promise<string> {
    await Promise.resolve();
    throw failures[how]!();
  }

  /** Without decorators on parameters, as the hot path has it. */
  @Mutation('fieldKey')
  fieldKey(_parent: unknown, args: { word?: string }, context: RequestContext, info: GraphQLResolveInfo): string {
    return `${info.path.key} ${args.word} ${context.requestId.length}`;
  }

  /** Limits know these two by their names. */
  @Mutation('addAction')
  addAction(): string {
    return 'added';
  }

  @Mutation('acceptOrgConfirm')
  acceptOrgConfirm(): string {
    return 'accepted';
  }

  @Mutation('remember')
  async remember(@Args('word') word: string): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.words.push(word);
    return [...this.words];
  }
}

@Resolver('Thing')
class TestThings {
  @ResolveField('displayName')
  displayName(@Parent() thing: { id: number; fail?: boolean }, @Context() context: RequestContext): string {
    if (thing.fail) throw new ApiError('not_found', 'Org not found');
    return `${context.viewer?.email ?? 'anyone'} sees ${thing.id}`;
  }
}

@Injectable()
class FakeAuthenticator extends RequestAuthenticator {
  constructor(@Inject('known') private readonly known: Record<string, Viewer>) {
    super();
  }

  async viewerOf(authorization: string): Promise<Viewer | null> {
    if (authorization === 'Bearer API-away') throw unavailable(5);
    if (authorization === 'Bearer API-bad') throw new RefusedRequest(401, 'Cannot verify token', 'unauthorized');
    return this.known[authorization] ?? null;
  }

  forgetUser(): void {
    return undefined;
  }
}

const viewer: Viewer = { userId: 1, email: 'ada@example.org', perms: 0 };

@Module({
  providers: [
    { provide: 'known', useValue: { 'Bearer API-ada': viewer } },
    { provide: RequestAuthenticator, useClass: FakeAuthenticator },
  ],
  exports: [RequestAuthenticator],
})
class FakeAuthModule {}

@Module({ providers: [TestQueries, TestMutations, TestThings] })
class TestResolvers {}

export interface LogLine {
  fields: Record<string, unknown>;
  text: string;
}

export interface TransportApp {
  app: NestFastifyApplication;
  /** Of level error. */
  logged: LogLine[];
  /** Sends one document by POST, with headers if any. */
  post(body: object, headers?: Record<string, string>): request.Test;
  close(): Promise<void>;
}

export interface TransportParts {
  auth?: Type;
  imports?: ModuleMetadata['imports'];
  /** Only where a module of these reads it. */
  config?: GatewayConfig;
}

/** The whole transport over a schema made for tests, listening on a free port. */
export const startTransport = async (
  settings: Partial<HttpSettings> = {},
  { auth = FakeAuthModule, imports = [], config = {} as GatewayConfig }: TransportParts = {},
): Promise<TransportApp> => {
  const logged: LogLine[] = [];
  const quiet = (): void => undefined;
  const error = (fields: object, text: string): void => {
    logged.push({ fields: fields as Record<string, unknown>, text });
  };
  const logger = { error, warn: quiet, info: quiet, debug: quiet };
  const root = {
    module: class TransportTestModule {},
    imports: [
      RuntimeModule.forRoot(config, logger),
      TestResolvers,
      ...imports,
      GraphqlApiModule.forRoot({ typeDefs: testSdl, auth }),
    ],
  };
  const adapter = await createHttpAdapter({ allowedOrigins: ['*'], trustedProxies: 0, ...settings });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: ['error', 'fatal'] });
  await app.listen(0, '127.0.0.1');
  return {
    app,
    logged,
    post: (body, headers = {}) => request(app.getHttpServer()).post('/api').set(headers).send(body),
    close: () => app.close(),
  };
};
