import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { loadConfig } from '@groundswell/config';
import { createLogger } from '@groundswell/observability';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { configSchema } from '../../src/config';
import { createApp } from '../../src/http/create-app';
import { startTransport, type TransportApp } from './transport.fixture';

const ENVELOPE_KEY = randomBytes(32).toString('base64url');
let database: TestDatabase;
const started: NestFastifyApplication[] = [];

/** The whole gateway with a database, and a broker that never comes. */
async function start(environment: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const config = loadConfig(configSchema, {
    DATABASE_URL: database.urls.gateway,
    AMQP_URL: 'amqp://127.0.0.1:1',
    ENVELOPE_KEY,
    LOG_LEVEL: 'silent',
    ...environment,
  });
  const app = await createApp(config, createLogger({ service: 'api-gateway', level: 'silent' }), (reason) => {
    throw reason;
  });
  started.push(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

let gateway: NestFastifyApplication;
beforeAll(async () => {
  database = await createTestDatabase();
  gateway = await start({ PUBLIC_URL: 'https://campaigns.test' });
});
afterAll(async () => {
  for (const app of started) await app.close();
  await database.drop();
});

const http = (app = gateway): ReturnType<typeof request> => request(app.getHttpServer());

/** One of each kind of answer: API, pages, files, links, hooks, probes, refusals and what is not there. */
const answers: [string, (app: NestFastifyApplication) => request.Test][] = [
  ['a GraphQL answer', (app) => http(app).post('/api').send({ query: '{ campaigns { id } }' })],
  ['a GraphQL refusal', (app) => http(app).post('/api').send({})],
  ['a body that is no JSON', (app) => http(app).post('/api').type('json').send('{')],
  ['a preflight', (app) => http(app).options('/api').set('origin', 'https://any.org')],
  ['the page to log in', (app) => http(app).get('/users/log_in')],
  ['the way to a page for members', (app) => http(app).get('/users/settings')],
  ['the page of mails', (app) => http(app).get('/mailbox').set('accept', 'text/html')],
  ['the playground', (app) => http(app).get('/graphiql').set('accept', 'text/html')],
  ['the queue monitor', (app) => http(app).get('/ops/queues').set('accept', 'text/html')],
  ['a link', (app) => http(app).get('/link/nothing')],
  ['a link to unsubscribe', (app) => http(app).get('/link/u/nothing')],
  ['a webhook', (app) => http(app).post('/webhook/mailjet/1-x').send('{}')],
  ['counters', (app) => http(app).get('/stats/nothing.json')],
  ['a probe', (app) => http(app).get('/ready')],
  ['what is not there', (app) => http(app).get('/nowhere')],
];

it.each(answers)('%s keeps browsers from guessing, framing and telling where they were', async (_what, ask) => {
  const { headers } = await ask(gateway);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': expect.stringMatching(/^(DENY|SAMEORIGIN)$/),
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
  });
  const policy = headers['content-security-policy'] ?? '';
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).toMatch(/frame-ancestors '(none|self)'/);
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  expect(headers).not.toHaveProperty('server');
  expect(headers).not.toHaveProperty('x-powered-by');
});

it('asks for TLS only where the public address has it', async () => {
  const plain = await start({ PUBLIC_URL: 'http://localhost:4000' });
  for (const [, ask] of answers) {
    const { headers } = await ask(plain);
    expect(headers).not.toHaveProperty('strict-transport-security');
  }
});

describe('a form of another page, with a login that the browser added', () => {
  const login = `Basic ${Buffer.from('jane@example.org:password').toString('base64')}`;
  const send = (headers: Record<string, string>) =>
    http().post('/api').set(headers).type('form').send({ query: 'mutation { addOrg(input: {name: "x"}) { id } }' });

  it.each(['cross-site', 'same-site'])('from a page that is %s is refused', async (site) => {
    const answer = await send({ authorization: login, 'sec-fetch-site': site });
    expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([403, 'permission_denied']);
  });

  it('is none where it comes from our own page, from no browser, or without a login', async () => {
    for (const headers of [
      { authorization: login, 'sec-fetch-site': 'same-origin' },
      { authorization: login },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await send(headers as Record<string, string>)).status).not.toBe(403);
    }
  });
});

describe('when it stops', () => {
  const open = async ({ app }: TransportApp): Promise<Socket> => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  it('does not wait for a connection that never said anything', async () => {
    const transport = await startTransport();
    const socket = await open(transport);
    const ended = once(socket.resume(), 'close');
    await transport.close();
    await ended;
  });

  it('lets a client that has just connected ask first', async () => {
    const transport = await startTransport();
    const socket = await open(transport);
    const closed = transport.close();
    socket.write('GET /api?query=%7B__typename%7D HTTP/1.1\r\nhost: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
    await closed;
    socket.destroy();
  });
});
