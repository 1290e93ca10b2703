import { randomBytes } from 'node:crypto';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { assertValidSchema } from 'graphql';
import request from 'supertest';
import { loadConfig } from '@groundswell/config';
import { createLogger } from '@groundswell/observability';
import { createTestDatabase } from '@groundswell/testing';
import type { TestDatabase } from '@groundswell/testing';
import { configSchema } from '../../src/config';
import { createApp } from '../../src/http/create-app';

let database: TestDatabase;
let app: NestFastifyApplication;

/** The whole gateway with a database, and a broker that never comes. */
beforeAll(async () => {
  database = await createTestDatabase();
  const config = loadConfig(configSchema, {
    DATABASE_URL: database.urls.gateway,
    AMQP_URL: 'amqp://127.0.0.1:1',
    ENVELOPE_KEY: randomBytes(32).toString('base64url'),
    LOG_LEVEL: 'silent',
  });
  const logger = createLogger({ service: 'api-gateway', level: 'silent' });
  app = await createApp(config, logger, (reason) => {
    throw reason;
  });
  await app.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const http = (): ReturnType<typeof request> => request(app.getHttpServer());

it('has a resolver for every root field', () => {
  const { schema } = app.get(GraphQLSchemaHost, { strict: false });
  assertValidSchema(schema);
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const unresolved = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {})
      .filter((field) => !field.resolve)
      .map((field) => `${root?.name}.${field.name}`),
  );
  expect(unresolved).toEqual([]);
});

it('answers without a broker, and says that it is degraded', async () => {
  const answer = await http().post('/api').send({ query: '{ campaigns { id } currentUser { id } }' });
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      data: null,
      errors: [
        {
          message: 'Authentication is required for this API call',
          locations: [{ line: 1, column: 20 }],
          path: ['currentUser'],
          extensions: { code: 'unauthorized' },
        },
      ],
    },
  ]);
  expect((await http().get('/live')).body).toEqual({ status: 'ok' });
  const health = await http().get('/health');
  expect([health.status, health.body.status]).toEqual([200, 'degraded']);
});

it('refuses a link it does not know with a page of its own, not with GraphQL', async () => {
  const answer = await http().get('/link/nothing');
  expect(answer.status).toBe(404);
  expect(answer.headers['x-request-id']).toMatch(/./);
});
