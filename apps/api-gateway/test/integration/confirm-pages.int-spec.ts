import { randomInt } from 'node:crypto';
import { hashPassword } from '@groundswell/crypto';
import { permissionMask, roleMask } from '@groundswell/domain';
import { fixedLimits } from '../../src/rate-limits/limits';
import { Browser } from './browser.fixture';
import { ConfirmWorld, dataOf, type Person } from './confirms.fixture';
import type { RunningGateway } from './gateway.fixture';

const password = 'Correct horse 1';
const logInPath = '/users/log_in';
/** As long as a right one. */
const othersToken = 'A'.repeat(43);
const mustLogIn = 'You must log in to access this page.';

let world: ConfirmWorld;
let hash: string;

beforeAll(async () => {
  hash = await hashPassword(password, 4);
  world = await ConfirmWorld.start({ TRUSTED_PROXIES: '1' });
});
afterAll(() => world.fleet.close());
beforeEach(() => world.renew());

/** At an address of its own. */
const browser = (gateway: RunningGateway = world.gateway): Browser =>
  new Browser(gateway.app.getHttpServer(), `198.18.${randomInt(256)}.${randomInt(1, 255)}`);
const logIn = (at: Browser, { email }: { email: string }, secret = password): Promise<Browser> =>
  at.send('login', { 'user[email]': email, 'user[password]': secret });
const loggedIn = async (someone: Person): Promise<Browser> => logIn(await browser().open(logInPath), someone);
const giveOwnersPasswords = (): Promise<unknown> =>
  world.sql('update catalog.users set hashed_password = $1 where id = any($2)', [
    hash,
    [world.lead.owner.id, world.partner.owner.id],
  ]);
const invitation = async (query = ''): Promise<{ anna: Person; code: string; search: string }> => {
  const anna = await world.person(0, hash);
  const { code, email } = await world.invite(anna.email);
  return { anna, code, search: `?email=${encodeURIComponent(email)}${query}` };
};

describe('a link for a user, followed by a browser', () => {
  it('leads a visitor through the login back to what the link asks, and decides when the button is pressed', async () => {
    const { anna, code, search } = await invitation('&redir=%2Fusers%2Fsettings');
    const at = await browser().open(`/link/accept/${code}${search}`);
    expect([at.status, at.path]).toEqual([200, logInPath]);
    expect(at.html).toContain(mustLogIn);
    await logIn(at, anna, 'wrong');
    expect(at.status).toBe(422);
    await logIn(at, anna);
    expect(at.path).toBe(`/users/confirms/accept/${code}${search}`);
    expect(at.html).toContain('You are invited to join the team of The lead.');
    expect([await world.maskOf(anna, world.lead), await world.chargesOf(code)]).toEqual([null, 1]);
    await at.send('decision', {});
    expect(at.path).toBe('/users/settings');
    expect(await world.maskOf(anna, world.lead)).toBe(roleMask.campaigner);
  });

  it('lets who is invited register on the way', async () => {
    const email = `new${randomInt(1e9)}@example.org`;
    const { code } = await world.invite(email);
    const at = await browser().open(`/link/accept/${code}?email=${email}`);
    expect(at.path).toBe(logInPath);
    await at.open('/users/register');
    await at.send('registration', { 'user[email]': email, 'user[password]': password });
    expect(at.path).toMatch(`/users/confirms/accept/${code}`);
    await at.send('decision', {});
    expect([at.path, at.html]).toEqual(['/', expect.stringContaining('Accepted.')]);
    const query = 'select s.perms from catalog.staffers s join catalog.users u on u.id = s.user_id where u.email = $1';
    expect(await world.sql(query, [email])).toEqual([{ perms: roleMask.campaigner }]);
  });

  it('decides nothing by the cookie alone: by looking, by a form of another site, by a POST to the link', async () => {
    const { anna, code, search } = await invitation();
    const at = await loggedIn(anna);
    for (const verb of ['accept', 'reject']) {
      const [link, page] = [`/link/${verb}/${code}${search}`, `/users/confirms/${verb}/${code}${search}`];
      for (const method of ['open', 'post'] as const) {
        await at[method](link, {});
        expect([at.status, at.path]).toEqual([200, page]);
      }
      await at.post(page, {});
      expect(at.status).toBe(403);
      await at.post(page, { _csrf_token: othersToken });
      expect(at.status).toBe(403);
      await at.open(page);
      await at.send('decision', {}, { 'sec-fetch-site': 'cross-site' });
      expect(at.status).toBe(403);
    }
    expect([await world.maskOf(anna, world.lead), await world.chargesOf(code)]).toEqual([null, 1]);
    await at.open(`/link/reject/${code}${search}`);
    expect(at.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
    expect(at.headers['access-control-allow-origin']).toBeUndefined();
    await at.send('decision', {});
    expect([at.html, await world.chargesOf(code)]).toEqual([expect.stringContaining('Rejected.'), 0]);
  });

  it('leads nowhere but to our own host', async () => {
    for (const redir of ['https://evil.org/', '//evil.org/', '/\\evil.org', 'javascript:alert(1)']) {
      const { anna, code, search } = await invitation(`&redir=${encodeURIComponent(redir)}`);
      const at = await browser().open(`/link/accept/${code}${search}&next=https://evil.org/`);
      await logIn(at, anna);
      expect(at.path).toMatch(new RegExp(`^/users/confirms/accept/${code}\\?email=[^&]+$`));
      expect(at.html).not.toContain('evil');
      await at.open(`/users/confirms/accept/${code}${search}`);
      await at.send('decision', {});
      expect(at.path).toBe('/');
    }
  });

  it('shows what a launch is, acts as staff of the org it names, and is used up once', async () => {
    await giveOwnersPasswords();
    const { code, objectId } = await world.requestLaunch();
    const boss = world.lead.owner;
    await world.fleet.insert('staffers', { user_id: boss.id, org_id: world.partner.id, perms: roleMask.owner });
    const link = `/link/accept/${code}?id=${objectId}`;
    const at = await loggedIn(boss);
    await at.open(`${link}&org=${world.partner.name}`);
    expect([at.status, at.html]).toEqual([403, expect.stringContaining('Your account may not decide this.')]);
    await at.open(`${link}&org=${world.lead.name}`);
    expect(at.html).toContain(`The page ${world.page.name} is to go live in the campaign “Bees”.`);
    await at.send('decision', {});
    expect(await world.isLive(world.page.id)).toBe(true);
    await at.open(`${link}&org=${world.lead.name}`);
    expect([at.status, at.html]).toEqual([400, expect.stringContaining('It has been used already')]);
  });

  it('shows who asks to join, and for which org one becomes a partner', async () => {
    await giveOwnersPasswords();
    const [join, partner] = [await world.requestJoin(), await world.invitePartner('guest@example.org')];
    const at = await loggedIn(world.lead.owner);
    await at.open(`/link/accept/${join.code}?id=${join.objectId}`);
    expect(at.html).toContain('The partner wants to take part in the campaign “Bees”.');
    await at.open(`/link/accept/${partner.code}?email=${partner.email}`);
    expect(at.html).toContain(`You are invited to run a page like ${world.page.name} for The lead.`);
    await at.send('decision', {});
    const pages = await world.sql('select 1 from catalog.action_pages where name = $1', [`${world.lead.name}/bees`]);
    expect(pages).toHaveLength(1);
  });

  it('refuses another account than the invited one, and sends nobody in circles', async () => {
    const { code, search } = await invitation();
    const thief = await world.person(permissionMask(['instance_owner']), hash);
    const at = await loggedIn(thief);
    for (const verb of ['accept', 'reject']) {
      await at.open(`/link/${verb}/${code}${search}`);
      expect([at.status, at.path]).toEqual([403, `/users/confirms/${verb}/${code}${search}`]);
      await at.post(at.path, { _csrf_token: at.csrfToken() });
      expect(at.status).toBe(403);
    }
    expect(await world.chargesOf(code)).toBe(1);
  });

  it('with another address is no code, and guessing on pages and links counts together', async () => {
    const { anna, code, search } = await invitation();
    const at = await loggedIn(anna);
    await at.open(`/users/confirms/accept/${code}?email=x%40y`);
    expect([at.status, at.html]).toEqual([400, expect.stringContaining('none of ours')]);
    let tries = 1;
    for (; tries <= fixedLimits.confirmCodeByAddress.points && at.status !== 429; tries += 1) {
      await at.open(`${tries % 2 ? '/users/confirms' : '/link'}/accept/${9_000_000 + tries}`);
      if (tries < 20) await at.open(`/users/confirms/accept/${code}${search}`);
    }
    expect([at.status, tries]).toEqual([429, fixedLimits.confirmCodeByAddress.points + 1]);
    expect(Number(at.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('stays 401 for tools, and for whoever sends credentials that are wrong', async () => {
    const { anna, code, search } = await invitation();
    const wrong = `Basic ${Buffer.from(`${anna.email}:wrong`).toString('base64')}`;
    const askers: Record<string, string>[] = [{}, { accept: '*/*' }, { accept: 'text/html', authorization: wrong }];
    for (const headers of askers) {
      const answer = await world.gateway.http.get(`/link/accept/${code}${search}`).set(headers);
      expect([answer.status, answer.text]).toEqual([401, 'unauthorized']);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="Proca"');
    }
  });

  it('answers 401 where LOCAL_AUTH_ENABLE is off, and there is no page', async () => {
    const off = await world.fleet.start({ LOCAL_AUTH_ENABLE: 'false' });
    const { code, search } = await invitation();
    const at = await browser(off).open(`/link/accept/${code}${search}`);
    expect([at.status, at.html]).toEqual([401, 'unauthorized']);
    await at.open(`/users/confirms/accept/${code}${search}`);
    expect(at.status).toBe(404);
    await world.fleet.stop(off);
  });
});

describe('a login by page', () => {
  const signIns = async ({ id }: Person): Promise<boolean[]> => {
    const query = 'select last_signin_at is not null as is_known from catalog.staffers where user_id = $1 order by id';
    return (await world.sql<{ is_known: boolean }>(query, [id])).map((row) => row.is_known);
  };

  it('is noted with every membership of the user, one that fails is not', async () => {
    await giveOwnersPasswords();
    const { owner } = world.lead;
    await world.fleet.insert('staffers', { user_id: owner.id, org_id: world.partner.id, perms: roleMask.campaigner });
    const at = await browser().open(logInPath);
    await logIn(at, owner, 'wrong');
    expect(await signIns(owner)).toEqual([false, false]);
    await logIn(at, owner);
    expect([await signIns(owner), await signIns(world.partner.owner)]).toEqual([[true, true], [false]]);
    const answer = await world.gateway.post(
      'query ($name: String!) { org(name: $name) { ... on PrivateOrg { users { email lastSigninAt } } } }',
      { name: world.lead.name },
      owner.token,
    );
    const { users } = dataOf(answer)['org'] as { users: { lastSigninAt: string }[] };
    expect(Date.parse(`${users[0]?.lastSigninAt}Z`)).toBeGreaterThan(Date.now() - 60_000);
  });
});
