import request from 'supertest';
import { mailRequestV1, type MailRequestV1 } from '@groundswell/contracts';
import { hashPassword } from '@groundswell/crypto';
import { fixedLimits } from '../../src/rate-limits/limits';
import { AccountsFixture } from './accounts.fixture';
import { Browser } from './browser.fixture';
import type { TransportApp } from './transport.fixture';

/** "password" as accounts of the old server have it. */
const oldHash =
  '$pbkdf2-sha512$19000$JMT4nzOmVKrV.p/TmlMKwQ$jKbZHoPwUWBT08pjb/CnUZmFcB9JW4dsOzVkfi9X6Pdn5NXWeY.mhL1Bm4V9rjYL5ZfA32uh7Gl2gt5YQa/JCA';
const right = 'Correct horse 1';
const other = 'Battery staple 2';

let accounts: AccountsFixture;
let app: TransportApp;
let people = 0;

beforeAll(async () => {
  accounts = await AccountsFixture.create();
  app = await accounts.start({ PUBLIC_URL: 'http://groundswell.test' }, { trustedProxies: 1 });
});
afterAll(() => accounts.close());

const newEmail = (): string => `page${(people += 1)}@example.org`;
/** Each browser at an address of its own, so that limits of one test are not those of another. */
const browser = (of = app): Browser => new Browser(of.app.getHttpServer(), `192.0.2.${(people += 1)}`);
const member = async (): Promise<{ email: string; id: number }> => {
  const email = newEmail();
  return { email, id: await accounts.addUser(email, { hash: await hashPassword(right, 4) }) };
};
const logIn = async (at: Browser, email: string, password = right, fields: object = {}): Promise<Browser> => {
  await at.open('/users/log_in');
  await at.send('login', { 'user[email]': email, 'user[password]': password, ...fields });
  return at;
};
const mailsTo = async (email: string): Promise<MailRequestV1[]> => {
  const rows = await accounts.rows<{ body: string }>(
    `select body from catalog.outbox where exchange = 'deliver' and body::json->'to'->>'email' = $1 order by id`,
    [email],
  );
  return rows.map(({ body }) => mailRequestV1.parse(JSON.parse(body)));
};
const linkTo = async (email: string): Promise<string> => {
  const url = new URL(String((await mailsTo(email)).at(-1)?.data['url']));
  expect(url.origin).toBe('http://groundswell.test');
  return url.pathname;
};
const contexts = async (userId: number): Promise<string[]> =>
  (
    await accounts.rows<{ context: string }>('select context from catalog.users_tokens where user_id = $1', [userId])
  ).map(({ context }) => context);

const everyRoute: [string, string][] = [
  ['get', '/'],
  ['get', '/users/register'],
  ['post', '/users/register'],
  ['get', '/users/log_in'],
  ['post', '/users/log_in'],
  ['delete', '/users/log_out'],
  ['post', '/users/log_out'],
  ['get', '/users/reset_password'],
  ['post', '/users/reset_password'],
  ['get', '/users/reset_password/token'],
  ['put', '/users/reset_password/token'],
  ['post', '/users/reset_password/token'],
  ['get', '/users/settings'],
  ['put', '/users/settings'],
  ['post', '/users/settings'],
  ['get', '/users/settings/confirm_email/token'],
  ['get', '/users/confirm'],
  ['post', '/users/confirm'],
  ['get', '/users/confirm/token'],
  ['post', '/users/confirm/token'],
  ['get', '/users/style.css'],
  ['get', '/users/icon.svg'],
];
const knock = (of: TransportApp, [method, path]: [string, string]) =>
  request(of.app.getHttpServer())[method as 'get'](path);

describe('LOCAL_AUTH_ENABLE', () => {
  it.each([
    ['is off in production', { NODE_ENV: 'production', FINGERPRINT_SEED: 'seed' }],
    ['can be switched off', { LOCAL_AUTH_ENABLE: 'false' }],
  ])('%s: every page is 404', async (_name, environment) => {
    const off = await accounts.start(environment);
    const statuses = await Promise.all(everyRoute.map(async (route) => [...route, (await knock(off, route)).status]));
    expect(statuses).toEqual(everyRoute.map((route) => [...route, 404]));
  });

  it('can be switched on in production', async () => {
    const on = await accounts.start({ NODE_ENV: 'production', FINGERPRINT_SEED: 'seed', LOCAL_AUTH_ENABLE: 'true' });
    const statuses = await Promise.all(everyRoute.map(async (route) => [...route, (await knock(on, route)).status]));
    // These are there for PUT and DELETE, by field `_method`.
    const overridden = ['/users/log_out', '/users/reset_password/token', '/users/settings'];
    expect(statuses.filter(([, , status]) => status === 404)).toEqual(overridden.map((path) => ['post', path, 404]));
  });

  it('off with SSO_HOME_URL leads from the login to the single sign-on, and nowhere else', async () => {
    const sso = await accounts.start({ LOCAL_AUTH_ENABLE: 'false', SSO_HOME_URL: 'https://sso.example.org/start' });
    const answer = await knock(sso, ['get', '/users/log_in']);
    expect([answer.status, answer.headers['location']]).toEqual([302, 'https://sso.example.org/start']);
    const others = everyRoute.filter(([method, path]) => method !== 'get' || path !== '/users/log_in');
    for (const route of others) expect([...route, (await knock(sso, route)).status]).toEqual([...route, 404]);
  });

  it('on with SSO_HOME_URL offers both', async () => {
    const both = browser(await accounts.start({ SSO_HOME_URL: 'https://sso.example.org/start' }));
    await both.open('/');
    expect(both.html).toContain('<a href="https://sso.example.org/start">Single Sign On</a>');
    expect(both.html).toContain('<a href="/users/log_in">');
  });
});

describe('registering', () => {
  it('makes the account, asks for the confirm mail, logs in, and tells the instance org', async () => {
    const email = newEmail();
    const at = browser();
    await at.open('/users/register');
    await at.send('registration', { 'user[email]': email, 'user[password]': right }, { 'accept-language': 'de-AT,en' });
    expect(at.path).toBe('/');
    expect(at.html).toContain('User created successfully.');
    expect(at.html).toContain(`<li class="who">${email}</li>`);
    const [mail] = await mailsTo(email);
    expect(mail).toMatchObject({ kind: 'user_confirm', locale: 'de', to: { email } });
    expect(mail?.purpose).toMatch(/^user:user_confirm:\d+$/);
    const rows = await accounts.rows<{ message_id: string; routing_key: string; lane: string }>(
      `select message_id, routing_key, lane::text from catalog.outbox where message_id = $1`,
      [mail?.purpose],
    );
    expect(rows).toEqual([{ message_id: mail?.purpose, routing_key: 'system.mail.user_confirm', lane: '-1' }]);
    const told = await accounts.rows(
      `select 1 from catalog.outbox where headers->>'event_type' = 'new_user' and body like $1`,
      [`%${email}%`],
    );
    expect(told).toHaveLength(1);
    expect(app.logged).toEqual([]);
  });

  it('says at each field what is wrong, keeps the email, and makes nothing', async () => {
    const at = browser();
    await at.open('/users/register');
    await at.send('registration', { 'user[email]': 'no "address"', 'user[password]': 'short' });
    expect(at.status).toBe(422);
    for (const text of [
      'must have the @ sign and no spaces',
      'should be at least 12 character(s)',
      'at least one upper case character',
      'at least one digit or punctuation character',
      'value="no &quot;address&quot;"',
      '<title>Error: Register',
    ]) {
      expect(at.html).toContain(text);
    }
    expect(at.html).not.toContain('short"');
    const { email } = await member();
    await at.send('registration', { 'user[email]': email.toUpperCase(), 'user[password]': right });
    expect(at.html).toContain('has already been taken');
  });
});

describe('logging in', () => {
  it('needs the right password, and says no more than that', async () => {
    const { email } = await member();
    for (const [name, password] of [
      [email, other],
      ['nobody@example.org', right],
      [`${email}\0`, right],
      ['', ''],
    ] as const) {
      const at = await logIn(browser(), name, password);
      expect([at.status, at.path]).toEqual([422, '/users/log_in']);
      expect(at.html).toContain('Invalid email or password');
    }
    const at = await logIn(browser(), email.toUpperCase());
    expect([at.status, at.path]).toEqual([200, '/']);
    expect(at.html).toContain(email);
  });

  it('takes an old hash once, and replaces it', async () => {
    const email = newEmail();
    const id = await accounts.addUser(email, { hash: oldHash });
    expect((await logIn(browser(), email, 'password')).path).toBe('/');
    const [user] = await accounts.rows<{ hashed_password: string }>(
      'select hashed_password from catalog.users where id = $1',
      [id],
    );
    expect(user?.hashed_password).toMatch(/^\$2[aby]\$12\$/);
    expect((await logIn(browser(), email, 'password')).path).toBe('/');
  });

  it('leads to the page that asked for it', async () => {
    const { email } = await member();
    const at = browser();
    await at.open('/users/settings?from=mail');
    expect(at.path).toBe('/users/log_in');
    expect(at.html).toContain('You must log in to access this page.');
    await at.send('login', { 'user[email]': email, 'user[password]': right });
    expect(at.path).toBe('/users/settings?from=mail');
  });

  it('keeps only a hash of the session, renews it and the CSRF token, and ends it at logout', async () => {
    const { email, id } = await member();
    const at = browser();
    await at.open('/');
    const before = at.session();
    await logIn(at, email);
    const inside = at.session();
    expect(inside.csrfToken).not.toBe(before.csrfToken);
    const stolen = at.cookies.get('_proca_key') ?? '';
    const rows = await accounts.rows<{ token: Buffer }>(
      `select token from catalog.users_tokens where user_id = $1 and context = 'session'`,
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.token.equals(Buffer.from(String(inside.token), 'base64url'))).toBe(false);
    await at.logOut();
    expect(at.html).toContain('Logged out successfully.');
    expect(at.session()).toMatchObject({ token: null });
    expect(at.session().csrfToken).not.toBe(inside.csrfToken);
    expect(await contexts(id)).toEqual([]);
    const thief = browser();
    thief.cookies.set('_proca_key', stolen);
    await thief.open('/users/settings');
    expect(thief.path).toBe('/users/log_in');
  });

  it('is remembered for 60 days only when asked', async () => {
    const { email } = await member();
    const forgetful = await logIn(browser(), email);
    expect(forgetful.cookies.has('_proca_user_remember_me')).toBe(false);
    const at = await logIn(browser(), email, right, { 'user[remember_me]': 'true' });
    const cookie = at.setCookies.find((one) => one.startsWith('_proca_user_remember_me='));
    expect(cookie).toMatch(/Max-Age=5184000; .*HttpOnly; SameSite=Lax/);
    at.cookies.delete('_proca_key');
    await at.open('/users/settings');
    expect(at.path).toBe('/users/settings');
    await at.logOut();
    expect(at.cookies.has('_proca_user_remember_me')).toBe(false);
  });

  it('ends after 60 days', async () => {
    const { email, id } = await member();
    const at = await logIn(browser(), email);
    await accounts.owner.query(
      `update catalog.users_tokens set inserted_at = now() - interval '61 days' where user_id = $1`,
      [id],
    );
    await at.open('/users/settings');
    expect(at.path).toBe('/users/log_in');
  });

  it('sends who is signed in home from the pages for visitors', async () => {
    const at = await logIn(browser(), (await member()).email);
    for (const path of ['/users/register', '/users/log_in', '/users/reset_password', '/users/reset_password/x']) {
      await at.open(path);
      expect(at.path).toBe('/');
    }
  });

  it('means nothing to the API', async () => {
    const at = await logIn(browser(), (await member()).email);
    const cookie = [...at.cookies].map((pair) => pair.join('=')).join('; ');
    expect((await app.post({ query: '{ whoami }' }, { cookie })).body).toEqual({ data: { whoami: null } });
  });

  it('is refused with 429 after too many tries at one account', async () => {
    const { email } = await member();
    const at = browser();
    for (let index = 0; index < fixedLimits.loginByAccount.points; index += 1) await logIn(at, email, other);
    await logIn(at, email);
    expect(at.status).toBe(429);
    expect(Number(at.headers['retry-after'])).toBeGreaterThan(0);
    expect(at.html).toContain('Too many tries');
  });
});

describe('forms', () => {
  it('are taken from our own pages in the same browser only', async () => {
    const { email } = await member();
    const at = browser();
    await at.open('/users/log_in');
    const token = at.csrfToken();
    const fields = { 'user[email]': email, 'user[password]': right };
    const cases: [string, Record<string, string>, Record<string, string>][] = [
      ['no token', fields, {}],
      ['another token', { ...fields, _csrf_token: `${token.slice(0, -1)}-` }, {}],
      ['another site', { ...fields, _csrf_token: token }, { 'sec-fetch-site': 'cross-site' }],
      ['a sister site', { ...fields, _csrf_token: token }, { 'sec-fetch-site': 'same-site' }],
    ];
    for (const [name, body, headers] of cases) {
      await at.post('/users/log_in', body, headers);
      expect([name, at.status]).toEqual([name, 403]);
    }
    const elsewhere = browser();
    await elsewhere.post('/users/log_in', { ...fields, _csrf_token: token });
    expect(elsewhere.status).toBe(403);
    await at.post('/users/log_in', { ...fields, _csrf_token: token }, { 'sec-fetch-site': 'same-origin' });
    expect(at.path).toBe('/');
  });

  it('reach PUT and DELETE by _method, and nothing that is not there', async () => {
    const at = await logIn(browser(), (await member()).email);
    await at.open('/users/settings');
    await at.post('/users/settings', { _csrf_token: at.csrfToken() });
    expect(at.status).toBe(404);
    await at.post('/users/settings', { _csrf_token: at.csrfToken(), _method: 'delete' });
    expect(at.status).toBe(404);
  });

  it('cannot be read from a cookie that was tampered with', async () => {
    const at = await logIn(browser(), (await member()).email);
    const session = at.session();
    const forged = Buffer.from(JSON.stringify({ ...session, returnTo: '//evil.org' })).toString('base64url');
    at.cookies.set('_proca_key', `${forged}.${String(at.cookies.get('_proca_key')).split('.')[1]}`);
    await at.open('/users/settings');
    expect(at.path).toBe('/users/log_in');
  });

  it('too large, or of another kind, are refused', async () => {
    const large = await request(app.app.getHttpServer())
      .post('/users/log_in')
      .type('form')
      .send('a='.padEnd(70_000, 'x'));
    expect(large.status).toBe(413);
    const json = await request(app.app.getHttpServer()).post('/users/log_in').send({ a: 1 });
    expect(json.status).toBe(415);
  });
});

describe('a forgotten password', () => {
  const ask = async (email: string, at = browser()): Promise<Browser> => {
    await at.open('/users/reset_password');
    await at.send('reset', { 'user[email]': email });
    return at;
  };
  const choose = async (path: string, password: string, again = password): Promise<Browser> => {
    const at = browser();
    await at.open(path);
    await at.send('new-password', { 'user[password]': password, 'user[password_confirmation]': again });
    return at;
  };

  it('is answered alike for everybody', async () => {
    const { email } = await member();
    const [known, unknown] = [await ask(email), await ask('nobody@example.org')];
    for (const at of [known, unknown]) {
      expect(at.path).toBe('/');
      expect(at.html).toContain('If your email is in our system, you will receive instructions');
    }
    expect(await mailsTo(email)).toMatchObject([{ kind: 'user_reset' }]);
    expect(await mailsTo('nobody@example.org')).toEqual([]);
  });

  it('is chosen anew by the link, once, which ends every session and the API token', async () => {
    const { email, id } = await member();
    const inside = await logIn(browser(), email);
    await accounts.owner.query(
      `insert into catalog.users_tokens (user_id, token, context) values ($1, '\\x01', 'api')`,
      [id],
    );
    await ask(email);
    const path = await linkTo(email);
    const weak = await choose(path, 'weak', 'other');
    expect(weak.status).toBe(422);
    expect(weak.html).toContain('does not match password');
    const at = await choose(path, other);
    expect(at.path).toBe('/users/log_in');
    expect(at.html).toContain('Password reset successfully.');
    expect(await contexts(id)).toEqual([]);
    await inside.open('/users/settings');
    expect(inside.path).toBe('/users/log_in');
    expect((await logIn(browser(), email)).status).toBe(422);
    expect((await logIn(browser(), email, other)).path).toBe('/');
    const again = browser();
    await again.open(path);
    expect(again.path).toBe('/');
    expect(again.html).toContain('Reset password link is invalid or it has expired.');
  });

  it('needs a link that is known, at most a day old, and sent to the present address', async () => {
    const { email, id } = await member();
    await ask(email);
    const path = await linkTo(email);
    const opens = async (link: string): Promise<string> => {
      const at = browser();
      await at.open(link);
      return at.path;
    };
    expect(await opens(path)).toBe(path);
    expect(await opens('/users/reset_password/unknown')).toBe('/');
    await accounts.owner.query('update catalog.users set email = $2 where id = $1', [id, `moved-${email}`]);
    expect(await opens(path)).toBe('/');
    await accounts.owner.query('update catalog.users set email = $2 where id = $1', [id, email]);
    await accounts.owner.query(
      `update catalog.users_tokens set inserted_at = now() - interval '25 hours' where user_id = $1`,
      [id],
    );
    expect(await opens(path)).toBe('/');
  });

  it('is asked for a few times an hour at most', async () => {
    const { email } = await member();
    for (let index = 0; index < fixedLimits.resetByAccount.points; index += 1) await ask(email);
    expect((await ask(email)).status).toBe(429);
    expect(await mailsTo(email)).toHaveLength(fixedLimits.resetByAccount.points);
  });
});

describe('settings', () => {
  const change = async (at: Browser, fields: Record<string, string>): Promise<Browser> => {
    await at.open('/users/settings');
    return at.send(fields['user[password]'] === undefined ? 'update_email' : 'update_password', fields);
  };

  it('change the password, end every other session and token, and log in anew', async () => {
    const { email, id } = await member();
    const [at, elsewhere] = [await logIn(browser(), email), await logIn(browser(), email)];
    const wrong = { 'user[password]': 'weak', 'user[password_confirmation]': 'x', current_password: other };
    await change(at, wrong);
    expect(at.status).toBe(422);
    for (const text of ['is not valid', 'does not match password', 'should be at least 12']) {
      expect(at.html).toContain(text);
    }
    const before = at.session();
    await change(at, { 'user[password]': other, 'user[password_confirmation]': other, current_password: right });
    expect([at.path, at.status]).toEqual(['/users/settings', 200]);
    expect(at.html).toContain('Password updated successfully.');
    expect(at.session().token).not.toBe(before.token);
    expect(await contexts(id)).toEqual(['session']);
    await elsewhere.open('/users/settings');
    expect(elsewhere.path).toBe('/users/log_in');
  });

  it('change the email once the new address was asked', async () => {
    const { email, id } = await member();
    const at = await logIn(browser(), email);
    const to = newEmail();
    await change(at, { 'user[email]': email, current_password: right });
    expect(at.html).toContain('did not change');
    await change(at, { 'user[email]': to, current_password: other });
    expect([at.status, await mailsTo(to)]).toEqual([422, []]);
    await change(at, { 'user[email]': to, current_password: right });
    expect(at.html).toContain('A link to confirm your email change has been sent to the new address.');
    expect([await mailsTo(email), (await mailsTo(to))[0]?.kind]).toEqual([[], 'user_change_email']);
    const path = await linkTo(to);
    const stranger = await logIn(browser(), (await member()).email);
    await stranger.open(path);
    expect(stranger.html).toContain('Email change link is invalid or it has expired.');
    const visitor = browser();
    await visitor.open(path);
    expect(visitor.path).toBe('/users/log_in');
    await at.open(path);
    expect(at.html).toContain('Email changed successfully.');
    const [user] = await accounts.rows(
      'select email, confirmed_at is not null as confirmed from catalog.users where id = $1',
      [id],
    );
    expect(user).toEqual({ email: to, confirmed: true });
    await at.open(path);
    expect(at.html).toContain('Email change link is invalid or it has expired.');
  });

  it('do not change the email to one that was taken meanwhile', async () => {
    const { email, id } = await member();
    const at = await logIn(browser(), email);
    const to = newEmail();
    await change(at, { 'user[email]': to, current_password: right });
    await accounts.addUser(to);
    await at.open(await linkTo(to));
    expect(at.html).toContain('Email change link is invalid or it has expired.');
    const [user] = await accounts.rows('select email from catalog.users where id = $1', [id]);
    expect(user).toEqual({ email });
  });
});

describe('confirming', () => {
  it('takes a press of a button, once, and does not log in', async () => {
    const { email, id } = await member();
    const at = browser();
    await at.open('/users/confirm');
    await at.send('resend', { 'user[email]': email });
    expect(at.html).toContain('If your email is in our system');
    const path = await linkTo(email);
    const confirmed = async (): Promise<unknown> =>
      (await accounts.rows('select confirmed_at is not null as yes from catalog.users where id = $1', [id]))[0];
    await request(app.app.getHttpServer()).head(path);
    await at.open(path);
    expect(await confirmed()).toEqual({ yes: false });
    await at.send('confirmation', {});
    expect(at.html).toContain('User confirmed successfully.');
    expect(at.session()).toMatchObject({ token: null });
    expect(await confirmed()).toEqual({ yes: true });
    await at.open(path);
    await at.send('confirmation', {});
    expect(at.html).toContain('User confirmation link is invalid or it has expired.');
    await at.open('/users/confirm');
    await at.send('resend', { 'user[email]': email });
    expect(await mailsTo(email)).toHaveLength(1);
  });
});

describe('every page', () => {
  it('is kept by nobody, framed by nobody, runs no script, and is read by no other origin', async () => {
    const open = await accounts.start({ CORS_ALLOW_ORIGIN: 'https://widget.org' });
    for (const path of ['/', '/users/register', '/users/log_in', '/users/confirm/token', '/users/style.css']) {
      const { headers, text } = await request(open.app.getHttpServer()).get(path).set('origin', 'https://widget.org');
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(text).not.toMatch(/<script|javascript:| on\w+=| style=/);
      if (!path.endsWith('.css')) expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('sets cookies for https alone where the public address is https', async () => {
    const secure = await accounts.start({ DOMAIN: 'groundswell.test' });
    const answer = await request(secure.app.getHttpServer()).get('/users/log_in');
    expect(String(answer.headers['set-cookie'])).toMatch(/^_proca_key=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });
});
