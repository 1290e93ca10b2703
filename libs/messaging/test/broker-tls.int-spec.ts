import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { waitFor } from '@groundswell/testing';
// The servers and the certificates are made by test tools of the whole repository, which have no package name.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
import { startRabbit, wipeData, type RabbitServer } from '../../../tools/infra/index.mjs';
import { findFreePort } from '../../../tools/infra/ports.mjs';
import { makeSelfSigned, makeSigned } from '../../../tools/mail-servers/self-signed';
/* eslint-enable @nx/enforce-module-boundaries */
import { RabbitConnection, type RabbitConnectionOptions } from '../src/index';
import { recordingLogger } from './use-broker';

const home = resolve(process.env['TEST_DIR'] ?? '.local/test', `amqps-${randomUUID()}`);
/** For this name and 127.0.0.1. */
const broker = makeSelfSigned('broker.example.org');
const authority = makeSelfSigned('authority');
const client = makeSigned('groundswell', 'authority', authority);
const stranger = makeSelfSigned('stranger');

let rabbit: RabbitServer;
let url: string;

const file = (name: string, text: string): string => {
  const path = join(home, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  const port = await findFreePort();
  rabbit = await startRabbit({
    dir: home,
    extraConfig: [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${file('clients.pem', authority.cert)}`,
      `ssl_options.certfile = ${file('broker.pem', broker.cert)}`,
      `ssl_options.keyfile = ${file('broker.key', broker.key)}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = false',
    ],
  });
  const secure = new URL(rabbit.amqpUrl.replace('amqp:', 'amqps:'));
  secure.port = String(port);
  url = secure.href;
});
afterAll(async () => {
  await rabbit.stop({ discard: true });
  await wipeData(home);
});

/** What the broker says of the connection; else the last reason why there is none. */
async function connect(options: Partial<RabbitConnectionOptions>): Promise<unknown> {
  const logger = recordingLogger();
  const name = `tls ${randomUUID()}`;
  const connection = new RabbitConnection({
    urls: url,
    name,
    logger,
    reconnect: { firstMs: 50, maxMs: 50 },
    connectTimeoutMs: 60_000,
    ...options,
  });
  connection.start();
  try {
    const refusal = () => logger.lines.find(({ text }) => /broker (unreachable|connection lost)/.test(text));
    const isUp = await waitFor(() => (connection.state === 'up' ? 'yes' : refusal() && 'no'));
    return isUp === 'yes' ? await waitFor(() => listed(name)) : String(refusal()?.['error']);
  } finally {
    await connection.close();
  }
}

interface ListedConnection {
  ssl: boolean;
  peer_cert_subject: string | null;
  client_properties: { connection_name?: string };
}

async function listed(name: string): Promise<unknown> {
  const { username, password, origin } = new URL(rabbit.managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${origin}/api/connections`, {
    headers: { authorization },
    signal: AbortSignal.timeout(5_000),
  });
  const all = (await response.json()) as ListedConnection[];
  const found = all.find(({ client_properties }) => client_properties.connection_name === name);
  return found && { ssl: found.ssl, subject: found.peer_cert_subject };
}

it('is encrypted, with the broker checked by its authority alone', async () => {
  expect(await connect({ tls: { ca: broker.cert } })).toEqual({ ssl: true, subject: null });
});

it('shows a certificate of its own', async () => {
  const tls = { ca: broker.cert, cert: client.cert, key: client.key };
  expect(await connect({ tls })).toEqual({ ssl: true, subject: 'CN=groundswell' });
});

it('takes no broker of another authority, and says so', async () => {
  expect(await connect({ tls: { ca: stranger.cert } })).toMatch(/certificate/);
  expect(await connect({})).toMatch(/self-signed certificate/);
});

it('is refused with a certificate that the broker does not trust', async () => {
  const tls = { ca: broker.cert, cert: stranger.cert, key: stranger.key };
  expect(await connect({ tls })).toMatch(/alert|closed|ECONNRESET|certificate/i);
});

it('takes no broker that is not who it is called', async () => {
  const byAnotherName = url.replace('127.0.0.1', 'localhost');
  expect(await connect({ urls: byAnotherName, tls: { ca: broker.cert } })).toMatch(/altnames/);
});
