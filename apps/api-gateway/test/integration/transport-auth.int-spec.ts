import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import bcrypt from 'bcryptjs';
import { Client } from 'pg';
import { hashApiToken, hashPassword, newApiToken } from '@groundswell/crypto';
import { Database } from '@groundswell/persistence';
import { createTestDatabase, waitFor } from '@groundswell/testing';
import type { TestDatabase } from '@groundswell/testing';
import { AuthModule } from '../../src/auth/auth.module';
import { RequestAuthenticator } from '../../src/auth/request-authenticator';
import { startTransport } from './transport.fixture';
import type { TransportApp } from './transport.fixture';

const quiet = { info: () => undefined, warn: () => undefined };

@Global()
@Module({})
class DatabaseModule {
  static of(database: Database): DynamicModule {
    return { module: DatabaseModule, providers: [{ provide: Database, useValue: database }], exports: [Database] };
  }
}

/** bcrypt of "hello" at the lowest cost: these tests check what is compared, not how long it takes. */
const cheapCost = 4;
/** "password" as accounts of the old server have it. */
const oldHash =
  '$pbkdf2-sha512$19000$JMT4nzOmVKrV.p/TmlMKwQ$jKbZHoPwUWBT08pjb/CnUZmFcB9JW4dsOzVkfi9X6Pdn5NXWeY.mhL1Bm4V9rjYL5ZfA32uh7Gl2gt5YQa/JCA';

let testDatabase: TestDatabase;
let owner: Client;
let database: Database;
let transport: TransportApp;

const userWith = async (email: string, hash: string): Promise<number> => {
  const sql = 'insert into catalog.users (email, hashed_password) values ($1, $2) returning id';
  const { rows } = await owner.query<{ id: string }>(sql, [email, hash]);
  return Number(rows[0]!.id);
};

const tokenFor = async (userId: number, unusedDays = 0): Promise<string> => {
  const { token, hash } = newApiToken();
  await owner.query(
    `insert into catalog.users_tokens (user_id, token, context, last_seen_at)
     values ($1, $2, 'api', now() - make_interval(secs => $3::float8 * 86400))`,
    [userId, hash, unusedDays],
  );
  return token;
};

let adaId: number;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  owner = new Client({ connectionString: testDatabase.urls.owner });
  await owner.connect();
  database = new Database({ url: testDatabase.urls.gateway, applicationName: 'test', poolSize: 3 }, quiet);
  await database.connect(30_000);
  adaId = await userWith('Ada@Example.org', await hashPassword('hel:lo wörld', cheapCost));
  transport = await startTransport({}, { auth: AuthModule, imports: [DatabaseModule.of(database)] });
});
afterAll(async () => {
  await transport.close();
  await database.close();
  await owner.end();
  await testDatabase.drop();
});

const whoami = (authorization: string): ReturnType<TransportApp['post']> =>
  transport.post({ query: '{ whoami }' }, { authorization });
const basic = (email: string, password: string): string =>
  `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`;
const refused = (message: string) => ({ data: null, errors: [{ message, extensions: { code: 'unauthorized' } }] });

describe('Basic', () => {
  it('signs in, in any case of the email, with colons in the password', async () => {
    for (const email of ['ada@example.org', 'ADA@example.ORG']) {
      const answer = await whoami(basic(email, 'hel:lo wörld'));
      expect([answer.status, answer.body]).toEqual([200, { data: { whoami: 'Ada@Example.org' } }]);
    }
    expect((await whoami(basic('ada@example.org', 'hel:lo wörld').replace('Basic', 'basic'))).status).toBe(200);
  });

  it('signs in with the hash of an older account, and keeps a newer one', async () => {
    const id = await userWith('old@example.org', oldHash);
    for (const _time of [1, 2]) {
      const answer = await whoami(basic('old@example.org', 'password'));
      expect(answer.body).toEqual({ data: { whoami: 'old@example.org' } });
    }
    const { rows } = await owner.query('select hashed_password as hash from catalog.users where id = $1', [id]);
    expect(rows).toEqual([{ hash: expect.stringMatching(/^\$2[aby]\$12\$/) as string }]);
  });

  it('refuses a wrong password, an unknown user and an account of unknown hash alike', async () => {
    await userWith('odd@example.org', oldHash.slice(0, 40));
    for (const header of [
      basic('ada@example.org', 'hello'),
      basic('nobody@example.org', 'hel:lo wörld'),
      basic('odd@example.org', 'hello'),
    ]) {
      const answer = await whoami(header);
      expect([answer.status, answer.body]).toEqual([
        401,
        refused('Can not authenticate with these Basic HTTP credentials'),
      ]);
    }
  });

  it.each([
    ['no base64', 'Basic ***'],
    ['no colon', `Basic ${Buffer.from('adaexample').toString('base64')}`],
    ['no email', basic('', 'x')],
    ['no password', basic('ada@example.org', '')],
    ['NUL', basic('ada\0@example.org', 'x')],
    ['no text', `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`],
    ['nothing at all', 'Basic'],
  ])('answers 400 to %s', async (_, header) => {
    const answer = await whoami(header);
    expect([answer.status, answer.body]).toEqual([400, refused('Malformed Basic auth header')]);
  });

  it('does the same work for an unknown user as for a wrong password', async () => {
    await userWith('real@example.org', await hashPassword('right'));
    const compare = jest.spyOn(bcrypt, 'compare');
    try {
      for (const email of ['real@example.org', 'none@example.org']) {
        compare.mockClear();
        expect((await whoami(basic(email, 'wrong'))).status).toBe(401);
        expect(compare.mock.calls.map(([, hash]) => hash.slice(3, 7))).toEqual(['$12$']);
      }
    } finally {
      compare.mockRestore();
    }
  });
});

describe('Bearer API-…', () => {
  it('signs in, and the use is written down at shutdown or within 10 s', async () => {
    const token = await tokenFor(adaId, 29.9);
    const answer = await whoami(`Bearer ${token}`);
    expect([answer.status, answer.body]).toEqual([200, { data: { whoami: 'Ada@Example.org' } }]);
    const other = await startTransport({}, { auth: AuthModule, imports: [DatabaseModule.of(database)] });
    await other.post({ query: '{ whoami }' }, { authorization: `Bearer ${token}` });
    await other.close();
    const sql = "select now() - last_seen_at < interval '1 minute' as fresh from catalog.users_tokens where token = $1";
    const { rows } = await owner.query<{ fresh: boolean }>(sql, [hashApiToken(token)]);
    expect(rows).toEqual([{ fresh: true }]);
  });

  it('refuses one unused for 30 days, an unknown one, and what is no token', async () => {
    const expired = await tokenFor(adaId, 30.1);
    const { token: unknown } = newApiToken();
    for (const token of [expired, unknown, 'API-', 'API-xyz', `${unknown}A`, 'API-***']) {
      const answer = await whoami(`Bearer ${token}`);
      expect([token, answer.status, answer.body]).toEqual([token, 401, refused('Cannot verify token')]);
    }
  });

  it('is looked up once for a burst of calls, until the user is forgotten', async () => {
    // It is remembered for a second, which a busy machine may need for less: then once more.
    const token = await waitFor(async () => {
      const fresh = await tokenFor(adaId);
      expect((await whoami(`Bearer ${fresh}`)).status).toBe(200);
      await owner.query('delete from catalog.users_tokens where token = $1', [hashApiToken(fresh)]);
      return (await whoami(`Bearer ${fresh}`)).status === 200 && fresh;
    });
    transport.app.get(RequestAuthenticator).forgetUser(adaId);
    expect((await whoami(`Bearer ${token}`)).status).toBe(401);
  });
});

describe('a token revoked on another replica', () => {
  it('stops working here though nobody tells', async () => {
    const here = await startTransport({}, { auth: AuthModule, imports: [DatabaseModule.of(database)] });
    const token = await tokenFor(adaId);
    const status = async (): Promise<number> =>
      (await here.post({ query: '{ whoami }' }, { authorization: `Bearer ${token}` })).status;
    expect(await status()).toBe(200);
    // As the other replica does: it deletes the row, and its own memory alone hears of it.
    await owner.query('delete from catalog.users_tokens where token = $1', [hashApiToken(token)]);
    transport.app.get(RequestAuthenticator).forgetUser(adaId);
    await waitFor(async () => (await status()) === 401);
    await here.close();
  });
});

describe('others', () => {
  it('refuses a JSON web token where none is expected, saying why', async () => {
    const answer = await whoami('Bearer eyJhbGciOiJub25lIn0.e30.');
    expect(answer.status).toBe(401);
    expect(answer.body.errors[0].message).toMatch(/^Cannot verify JWT token\. /);
    expect(answer.body.errors[0].extensions).toEqual({ code: 'unauthorized' });
  });

  it.each([['Digest x'], ['Bearer xyz'], ['Bearer'], ['API-x'], ['']])('takes %j as nobody', async (header) => {
    const answer = await whoami(header);
    expect([answer.status, answer.body]).toEqual([200, { data: { whoami: null } }]);
  });
});

describe('a database that is away', () => {
  it('is unavailable to who signs in, and nothing to who does not', async () => {
    const url = 'postgres://gs_gateway@127.0.0.1:1/none';
    const away = new Database({ url, applicationName: 'test', poolSize: 1 }, quiet);
    const alone = await startTransport({}, { auth: AuthModule, imports: [DatabaseModule.of(away)] });
    for (const authorization of [basic('ada@example.org', 'x'), `Bearer ${newApiToken().token}`]) {
      const answer = await alone.post({ query: '{ whoami }' }, { authorization });
      expect([answer.status, answer.headers['retry-after']]).toEqual([200, '5']);
      expect(answer.body).toMatchObject({ data: null, errors: [{ extensions: { code: 'unavailable' } }] });
    }
    expect((await alone.post({ query: '{ whoami }' })).body).toEqual({ data: { whoami: null } });
    await alone.close();
    await away.close();
  });
});
