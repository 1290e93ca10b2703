import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { hashPassword } from '@groundswell/crypto';
import { RabbitProxy } from '@groundswell/testing';
import { fixedLimits, limitsWith } from '../../src/rate-limits/limits';
import { RateLimiter } from '../../src/rate-limits/rate-limiter';
import { TooManyRequestsError } from '../../src/rate-limits/too-many-requests.error';
import { AccountsFixture } from './accounts.fixture';
import type { TransportApp } from './transport.fixture';

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
const { points } = fixedLimits.loginByAccount;

const installation = (): string => `postgres://u:p@db/${randomBytes(6).toString('hex')}`;
/** A busy machine must not count as a Redis that is away. */
const limiterOf = (url: string | undefined, databaseUrl = installation(), patienceMs = 60_000): RateLimiter =>
  new RateLimiter({ limits: limitsWith(0), redisUrl: url, databaseUrl, patienceMs });

/** How many of so many tries at once pass. */
const passing = async (limiter: RateLimiter, key: string, tries: number): Promise<number> => {
  const tried = await Promise.allSettled(Array.from({ length: tries }, () => limiter.consume('loginByAccount', key)));
  for (const one of tried) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(TooManyRequestsError);
  return tried.filter(({ status }) => status === 'fulfilled').length;
};

describe('the limiter', () => {
  const open: RateLimiter[] = [];
  const opened = async (limiter: RateLimiter): Promise<RateLimiter> => {
    open.push(limiter);
    await limiter.onModuleInit();
    return limiter;
  };
  afterEach(() => open.splice(0).forEach((limiter) => limiter.onModuleDestroy()));

  it('counts over replicas, by key and by installation, and gives back', async () => {
    const here = installation();
    const limiters = [limiterOf(redisUrl, here), limiterOf(redisUrl, here), limiterOf(redisUrl)];
    const [one, two, elsewhere] = await Promise.all(limiters.map(opened));
    const counts = await Promise.all([passing(one!, 'ada', points), passing(two!, 'ada', points)]);
    expect(counts[0]! + counts[1]!).toBe(points);
    expect(await passing(one!, 'bob', 1)).toBe(1);
    expect(await passing(elsewhere!, 'ada', 1)).toBe(1);
    await one!.giveBack('loginByAccount', 'bob');
    expect(await passing(two!, 'bob', points + 1)).toBe(points);
  });

  it('says when to try again', async () => {
    const limiter = await opened(limiterOf(redisUrl));
    await passing(limiter, 'ada', points + 1);
    const refusal: unknown = await limiter.consume('loginByAccount', 'ada').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TooManyRequestsError);
    const { retryAfterSeconds } = refusal as TooManyRequestsError;
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(fixedLimits.loginByAccount.seconds);
  });

  it('keeps no address in clear, and nothing for ever', async () => {
    const redis = new Redis(redisUrl);
    const limiter = await opened(limiterOf(redisUrl));
    await limiter.consume('loginByAccount', 'somebody@example.org');
    const keys = await redis.keys('groundswell:limit:*');
    expect(keys).not.toEqual([]);
    expect(keys.filter((key) => key.includes('example'))).toEqual([]);
    for (const key of keys) expect(await redis.ttl(key)).not.toBe(-1);
    redis.disconnect();
  });

  it('counts in the process without Redis, and while it is away or silent', async () => {
    const proxy = await RabbitProxy.start(redisUrl);
    const silent = await opened(limiterOf(proxy.amqpUrl, installation(), 250));
    proxy.freeze();
    const limiters = [silent, await opened(limiterOf(undefined)), await opened(limiterOf('redis://127.0.0.1:1'))];
    for (const limiter of limiters) expect(await passing(limiter, 'ada', points + 5)).toBe(points);
    proxy.thaw();
    await proxy.close();
  });
});

describe('the API', () => {
  let accounts: AccountsFixture;
  beforeAll(async () => {
    accounts = await AccountsFixture.create();
    // The cheapest hash: what is counted here is tries, not time.
    await accounts.addUser('right@example.org', { hash: await hashPassword('right', 4) });
  });
  afterAll(() => accounts.close());

  /** Without Redis: one that is slow for a moment would miss some of the tries. */
  const start = (environment: Record<string, string> = {}): Promise<TransportApp> =>
    accounts.start(environment, { trustedProxies: 1 });
  const from = (address: string, authorization?: string) => ({
    'x-forwarded-for': address,
    ...(authorization ? { authorization } : {}),
  });
  const basic = (email: string, password: string): string =>
    `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`;

  const limited = {
    data: null,
    errors: [
      {
        message: 'Too many requests, please try again later',
        extensions: { code: 'rate_limited', retryAfterSeconds: expect.any(Number) as number },
      },
    ],
  };

  it('answers 429 to one account tried too often from anywhere, and to nobody else', async () => {
    const app = await start();
    await accounts.addUser('tried@example.org', { hash: await hashPassword('right', 4) });
    for (let index = 0; index < points; index += 1) {
      const answer = await app.post({ query: '{ whoami }' }, from(`192.0.2.${index}`, basic('Tried@example.org', 'x')));
      expect(answer.status).toBe(401);
    }
    const answer = await app.post({ query: '{ whoami }' }, from('198.51.100.1', basic('tried@example.org', 'right')));
    expect([answer.status, answer.body]).toEqual([429, limited]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    for (let index = 0; index < points + 5; index += 1) {
      const other = await app.post({ query: '{ whoami }' }, from('192.0.2.0', basic('right@example.org', 'right')));
      expect(other.status).toBe(200);
    }
  });

  const act = 'mutation { addAction }';

  it('takes any number of anonymous mutations unless told otherwise', async () => {
    const app = await start();
    const answers = await Promise.all(Array.from({ length: 200 }, () => app.post({ query: act })));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it('counts each anonymous field of an address, not its queries, and not who is signed in', async () => {
    const app = await start({ RATE_LIMIT_MUTATIONS: '5' });
    const hall = '203.0.113.7';
    const aliases = 'mutation { a: addAction ...more } fragment more on RootMutationType { b: addAction c: addAction }';
    expect((await app.post({ query: aliases }, from(hall))).body).toEqual({
      data: { a: 'added', b: 'added', c: 'added' },
    });
    const refused = await app.post({ query: aliases }, from(hall));
    expect([refused.status, refused.body]).toEqual([429, limited]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await app.post({ query: '{ whoami }' }, from(hall))).status).toBe(200);
    expect((await app.post({ query: act }, from('203.0.113.8'))).status).toBe(200);
    const signedIn = await app.post({ query: act }, from(hall, basic('right@example.org', 'right')));
    expect(signedIn.body).toEqual({ data: { addAction: 'added' } });
  });

  it('refuses one element of a batch, and keeps the answers of the others', async () => {
    const app = await start({ RATE_LIMIT_MUTATIONS: '2' });
    const batch = [{ query: act }, { query: act }, { query: act }, { query: '{ whoami }' }];
    const answer = await app.post(batch, from('203.0.113.20'));
    expect(answer.status).toBe(200);
    expect((answer.body as { payload: unknown }[]).map(({ payload }) => payload)).toEqual([
      { data: { addAction: 'added' } },
      { data: { addAction: 'added' } },
      limited,
      { data: { whoami: null } },
    ]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('counts codes that are tried, also of who is signed in', async () => {
    const app = await start();
    const tens = fixedLimits.confirmCodeByAddress.points / 10;
    const ten = Array.from({ length: 10 }, (_, index) => `a${index}: acceptOrgConfirm`).join(' ');
    const headers = from('203.0.113.30', basic('right@example.org', 'right'));
    for (let index = 0; index < tens; index += 1) {
      const answer = await app.post({ query: `mutation { ${ten} }` }, headers);
      expect(answer.body).toMatchObject({ data: { a9: 'accepted' } });
    }
    expect((await app.post({ query: 'mutation { acceptOrgConfirm }' }, headers)).status).toBe(429);
  });
});
