import { createServer, type Server } from 'node:http';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import jsonwebtoken, { type Algorithm } from 'jsonwebtoken';
import { systemEventV2 } from '@groundswell/contracts';
import { AccountsFixture } from './accounts.fixture';
import type { TransportApp } from './transport.fixture';

const secret = 'a secret of the single sign-on';
const inAMinute = (): number => Math.floor(Date.now() / 1_000) + 60;

const keyPair = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwk = (kid: string, { publicKey }: { publicKey: KeyObject }): object => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});

/** Serves a set of keys, and counts how often it is asked. */
class KeyServer {
  keys: object[] = [];
  status = 200;
  fetches = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<KeyServer> {
    const server = createServer();
    const self = new KeyServer(server);
    server.on('request', (_request, response) => {
      self.fetches += 1;
      response.statusCode = self.status;
      response.end(JSON.stringify({ keys: self.keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let accounts: AccountsFixture;
let server: KeyServer;
let app: TransportApp;
const first = keyPair();

beforeAll(async () => {
  accounts = await AccountsFixture.create();
  server = await KeyServer.start();
  server.keys = [jwk('first', first)];
  app = await accounts.start({ JWT_SECRET: secret, JWKS_URL: server.url });
});
afterAll(async () => {
  await accounts.close();
  await server.stop();
});

const bearer = (token: string, to = app) => to.post({ query: '{ whoami }' }, { authorization: `Bearer ${token}` });

let people = 0;
const claimsOf = (changes: object = {}): Record<string, unknown> => {
  people += 1;
  return {
    sub: `subject-${people}`,
    email: `person${people}@example.org`,
    exp: inAMinute(),
    user_metadata: { email_verified: true },
    ...changes,
  };
};
const signed = (
  claims: object,
  algorithm: Algorithm = 'HS256',
  key: string | KeyObject = secret,
  kid?: string,
): string => jsonwebtoken.sign(claims, key, { algorithm, ...(kid ? { keyid: kid } : {}) });

const refused = (message: string) => [401, { data: null, errors: [{ message, extensions: { code: 'unauthorized' } }] }];
const outcome = async (token: string, to = app): Promise<unknown[]> => {
  const { status, body } = await bearer(token, to);
  return [status, body];
};
const reason = async (token: string, to = app): Promise<string> => {
  const { status, body } = await bearer(token, to);
  expect(status).toBe(401);
  return (body as { errors: { message: string }[] }).errors[0]!.message;
};

describe('a signature', () => {
  it.each(['HS256', 'HS384', 'HS512'] as const)('of the secret passes by %s', async (algorithm) => {
    const claims = claimsOf();
    expect(await outcome(signed(claims, algorithm))).toEqual([200, { data: { whoami: claims['email'] } }]);
  });

  it.each(['RS256', 'RS384', 'RS512'] as const)('of a published key passes by %s', async (algorithm) => {
    const claims = claimsOf();
    const token = signed(claims, algorithm, first.privateKey, 'first');
    expect(await outcome(token)).toEqual([200, { data: { whoami: claims['email'] } }]);
  });

  it('of another secret, or of another key under a known kid, is refused', async () => {
    expect(await reason(signed(claimsOf(), 'HS256', 'guessed'))).toBe('Cannot verify JWT token. invalid signature');
    const forged = signed(claimsOf(), 'RS256', keyPair().privateKey, 'first');
    expect(await reason(forged)).toBe('Cannot verify JWT token. invalid signature');
  });

  it('is needed: alg none is refused', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', '']) {
      const token = `${part({ alg, typ: 'JWT' })}.${part(claimsOf())}.`;
      expect(await reason(token)).toBe('Cannot verify JWT token. algorithm not accepted');
    }
  });

  it('by HS256 with the public key as secret is refused, with and without a secret of our own', async () => {
    const keysOnly = await accounts.start({ JWKS_URL: server.url });
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = `${part({ alg: 'HS256', typ: 'JWT', kid: 'first' })}.${part(claimsOf())}`;
    for (const format of ['spki', 'pkcs1'] as const) {
      const pem = first.publicKey.export({ type: format, format: 'pem' }) as string;
      const token = `${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`;
      expect(await reason(token)).toBe('Cannot verify JWT token. invalid signature');
      expect(await reason(token, keysOnly)).toBe('Cannot verify JWT token. algorithm not accepted');
    }
  });

  it('by RS256 is refused where there are no keys, by HS256 where there is no secret', async () => {
    const neither = await accounts.start();
    for (const token of [signed(claimsOf()), signed(claimsOf(), 'RS256', first.privateKey, 'first')]) {
      expect(await reason(token, neither)).toBe('Cannot verify JWT token. algorithm not accepted');
    }
  });

  it.each(['ES256', 'PS256'] as const)('Fix: by the foreign algorithm %s is refused', async (algorithm) => {
    const key =
      algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : first.privateKey;
    const token = signed(claimsOf(), algorithm, key, 'first');
    expect(await reason(token)).toBe('Cannot verify JWT token. algorithm not accepted');
  });

  it.each([
    ['a start', 'ey'],
    ['a header alone', 'eyJhbGciOiJIUzI1NiJ9'],
    ['no signature', 'eyJhbGciOiJIUzI1NiJ9.e30'],
    ['parts that are no JSON', 'ey.ey.ey'],
    ['more than anybody sends', `ey${'a'.repeat(10_000)}.a.a`],
  ])('is missed in %s', async (_name, token) => {
    expect(await reason(token)).toMatch(/^Cannot verify JWT token\. /);
  });
});

describe('claims', () => {
  it('Fix: must say until when: no exp is refused, an old one is expired', async () => {
    const { exp: _exp, ...endless } = claimsOf();
    expect(await reason(signed(endless))).toBe('Cannot verify JWT token. exp is missing');
    expect(await outcome(signed(claimsOf({ exp: inAMinute() - 120 })))).toEqual(refused('JWT expired'));
  });

  it('must not be for later', async () => {
    expect(await reason(signed(claimsOf({ nbf: inAMinute() })))).toBe('Cannot verify JWT token. jwt not active');
  });

  it('must hold an email, and that it is verified', async () => {
    const missing = refused('JWT is invalid (missing values)');
    expect(await outcome(signed(claimsOf({ email: undefined })))).toEqual(missing);
    expect(await outcome(signed(claimsOf({ email: 'no address' })))).toEqual(missing);
    for (const user_metadata of [{}, { email_verified: false }, { email_verified: 1 }]) {
      expect(await outcome(signed(claimsOf({ user_metadata })))).toEqual(refused('Email not verified'));
    }
  });

  it('are found at the paths that are configured, the first that has a value', async () => {
    const other = await accounts.start({
      JWT_SECRET: secret,
      JWT_EMAIL: 'session.identity.traits.email,email',
      JWT_EMAIL_VERIFIED: 'session.identity.verifiable_addresses.[].verified',
    });
    const identity = (verified: boolean) => ({
      email: undefined,
      session: { identity: { traits: { email: 'kratos@example.org' }, verifiable_addresses: [{ verified }] } },
    });
    const token = signed(claimsOf(identity(true)));
    expect(await outcome(token, other)).toEqual([200, { data: { whoami: 'kratos@example.org' } }]);
    expect(await outcome(signed(claimsOf(identity(false))), other)).toEqual(refused('Email not verified'));
  });

  it('must name our issuer and audience where these are configured', async () => {
    const strict = await accounts.start({ JWT_SECRET: secret, JWT_ISSUER: 'https://sso.org', JWT_AUDIENCE: 'us,them' });
    const right = claimsOf({ iss: 'https://sso.org', aud: ['others', 'them'] });
    expect((await bearer(signed(right), strict)).status).toBe(200);
    expect(await reason(signed({ ...right, iss: 'https://evil.org' }), strict)).toMatch(/issuer invalid/);
    expect(await reason(signed({ ...right, aud: 'others' }), strict)).toMatch(/audience invalid/);
    expect(await reason(signed(claimsOf()), strict)).toMatch(/invalid/);
  });
});

describe('published keys', () => {
  it('are read from a file', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'jwks-'));
    const file = join(dir, 'jwks.json');
    writeFileSync(file, JSON.stringify({ keys: [jwk('first', first)] }));
    const local = await accounts.start({ JWKS_URL: pathToFileURL(file).href });
    const token = signed(claimsOf(), 'RS256', first.privateKey, 'first');
    expect((await bearer(token, local)).status).toBe(200);
    rmSync(dir, { recursive: true });
  });

  it('Fix: are fetched a few times, however many unknown ones are named, and go on working meanwhile', async () => {
    const own = await KeyServer.start();
    own.keys = [jwk('first', first)];
    const flooded = await accounts.start({ JWKS_URL: own.url });
    const unknown = (kid: string): string => signed(claimsOf(), 'RS256', first.privateKey, kid);
    await Promise.all(Array.from({ length: 100 }, (_, index) => bearer(unknown(`kid ${index}`), flooded)));
    expect(await reason(unknown('another'), flooded)).toBe('Cannot verify JWT token. unknown key');
    expect(own.fetches).toBeLessThanOrEqual(2);
    expect((await bearer(signed(claimsOf(), 'RS256', first.privateKey, 'first'), flooded)).status).toBe(200);
    await own.stop();
  });

  it('stay known while their address is away', async () => {
    const own = await KeyServer.start();
    own.keys = [jwk('first', first)];
    const left = await accounts.start({ JWKS_URL: own.url });
    expect((await bearer(signed(claimsOf(), 'RS256', first.privateKey, 'first'), left)).status).toBe(200);
    await own.stop();
    expect((await bearer(signed(claimsOf(), 'RS256', first.privateKey, 'first'), left)).status).toBe(200);
  });
});

describe('the account', () => {
  const externalIdOf = async (email: string): Promise<unknown> =>
    (
      await accounts.rows<{ external_id: string | null }>('select external_id from catalog.users where email = $1', [
        email,
      ])
    )[0];

  it('is made once for ten requests at once, with a password nobody knows, and the instance org is told', async () => {
    const claims = claimsOf({ email: 'New@example.org' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => bearer(signed(claims))));
    expect(answers.map(({ body }) => body as unknown)).toEqual(
      Array.from({ length: 10 }, () => ({ data: { whoami: 'New@example.org' } })),
    );
    const users = await accounts.rows<{ hashed_password: string }>(
      'select hashed_password from catalog.users where email = $1',
      ['new@example.org'],
    );
    expect(users).toEqual([{ hashed_password: expect.stringMatching(/^\$2[aby]\$12\$/) as string }]);
    const events = await accounts.rows<{ routing_key: string; body: string }>(
      `select routing_key, body from catalog.outbox where headers->>'event_type' = 'new_user' and body like '%New@example.org%'`,
    );
    expect(events.map(({ routing_key }) => routing_key)).toEqual(['instance.system.new_user']);
    expect(systemEventV2.parse(JSON.parse(events[0]!.body)).contact).toMatchObject({ firstName: 'New' });
  });

  it('is found by its external id, whatever the email says now', async () => {
    await accounts.addUser('before@example.org', { externalId: 'moved' });
    const token = signed(claimsOf({ sub: 'moved', email: 'after@example.org' }));
    expect(await outcome(token)).toEqual([200, { data: { whoami: 'before@example.org' } }]);
  });

  it('is linked to the first identity with its verified email, and to no second one', async () => {
    await accounts.addUser('link@example.org');
    const token = (sub: string): string => signed(claimsOf({ sub, email: 'LINK@example.org' }));
    expect(await outcome(token('one'))).toEqual([200, { data: { whoami: 'link@example.org' } }]);
    expect(await externalIdOf('link@example.org')).toEqual({ external_id: 'one' });
    expect(await reason(token('two'))).toBe('Cannot verify JWT token. the email belongs to another account');
    expect(await externalIdOf('link@example.org')).toEqual({ external_id: 'one' });
  });

  it('is not taken over by an email that nobody verified', async () => {
    const trusting = await accounts.start({ JWT_SECRET: secret, ALLOW_UNVERIFIED_EMAIL: 'yes' });
    await accounts.addUser('victim@example.org');
    const unverified = { user_metadata: {} };
    const stolen = signed(claimsOf({ ...unverified, email: 'victim@example.org' }));
    expect(await reason(stolen, trusting)).toBe('Cannot verify JWT token. the email belongs to another account');
    expect(await externalIdOf('victim@example.org')).toEqual({ external_id: null });
    const fresh = claimsOf(unverified);
    expect(await outcome(signed(fresh), trusting)).toEqual([200, { data: { whoami: fresh['email'] } }]);
    expect(await outcome(signed(fresh), trusting)).toEqual([200, { data: { whoami: fresh['email'] } }]);
    const nameless = signed(claimsOf({ ...unverified, sub: undefined }));
    expect(await outcome(nameless, trusting)).toEqual(refused('JWT is invalid (missing values)'));
  });
});
