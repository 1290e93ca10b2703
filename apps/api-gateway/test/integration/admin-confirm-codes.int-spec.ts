import { confirmCreatedEventV2 } from '@groundswell/contracts';
import { hashPassword } from '@groundswell/crypto';
import { permissionMask, roleMask } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { ConfirmRepository } from '../../src/confirms/confirm.repository';
import { fixedLimits } from '../../src/rate-limits/limits';
import {
  ConfirmWorld,
  codeInvalid,
  dataOf,
  errorOf,
  expired,
  insufficient,
  statusOf,
  type Person,
} from './confirms.fixture';

let world: ConfirmWorld;

beforeAll(async () => {
  world = await ConfirmWorld.start();
});
afterAll(() => world.fleet.close());
beforeEach(() => world.renew());

describe('codes', () => {
  it('are good only with the object or the address they were made for', async () => {
    const { code } = await world.requestLaunch();
    const ask = async (confirm: object) =>
      errorOf(await world.byOrg('accept', world.lead, { code, ...confirm }, world.lead.owner.token));
    for (const wrong of [
      {},
      { objectId: world.page.id + 1 },
      { email: 'x@example.org' },
      { email: 'x@y', objectId: world.page.id },
    ]) {
      expect(await ask(wrong)).toBe(codeInvalid);
    }
    expect(await ask({ objectId: world.page.id, email: null })).toBe('none');
  });

  it('end after ten wrong attempts', async () => {
    const { code, objectId } = await world.requestLaunch();
    for (let attempt = 0; attempt < 9; attempt += 1) {
      expect(errorOf(await world.byOrg('accept', world.lead, { code }, world.lead.owner.token))).toBe(codeInvalid);
    }
    expect(errorOf(await world.byUser('accept', { code }))).toMatch(/^unauthorized/);
    expect(errorOf(await world.byOrg('accept', world.lead, { code, objectId }, world.lead.owner.token))).toBe(expired);
    expect(await world.isLive(world.page.id)).toBe(false);
  });

  it('get a digit more when taken, also by an action', async () => {
    const { code } = await world.requestLaunch();
    const actionCode = '5'.repeat(12);
    const actionId = await world.fleet.insert(
      'actions',
      { action_type: 'x', action_page_id: world.page.id, campaign_id: world.campaign.id },
      'actions',
    );
    await world.fleet.insert('action_confirms', { action_id: actionId, code: actionCode }, 'actions');
    const confirm = {
      operation: 'launch_page' as const,
      subjectId: world.campaign.id,
      objectId: 1,
      email: null,
      message: null,
    };
    for (const taken of [code, actionCode]) {
      const made = await world.gateway.app
        .get(Database)
        .run((manager) => new ConfirmRepository(manager).insert({ ...confirm, creatorId: world.lead.owner.id }, taken));
      expect(made.code).toMatch(new RegExp(`^${taken}\\d$`));
    }
    await world.fleet.sql.query('truncate actions.actions cascade');
  });
});

describe('an invitation to an org', () => {
  it('accepted by the account with that address makes a member', async () => {
    const anna = await world.person();
    const confirm = await world.invite(anna.email.toUpperCase(), 'owner');
    expect((await world.lastConfirm()).object_id).toBe(1_541_760);
    const event = (await world.eventsOf(world.instanceId)).at(-1);
    expect(event?.key).toBe('instance.confirm_created.add_staffer');
    const link = `https://campaigns.test/link/accept/${confirm.code}?email=${encodeURIComponent(confirm.email)}`;
    expect(confirmCreatedEventV2.parse(event?.body)).toMatchObject({
      orgId: world.instanceId,
      confirm: {
        email: confirm.email,
        message: 'Come',
        subjectId: world.lead.id,
        objectId: 1_541_760,
        acceptLink: link,
      },
      org: { name: world.lead.name, title: 'The lead' },
    });
    const org = { __typename: 'PrivateOrg', id: world.lead.id };
    expect(dataOf(await world.byUser('accept', confirm, anna.token))).toEqual({
      answer: { status: 'SUCCESS', message: 'Come', actionPage: null, campaign: null, org },
    });
    expect(await world.maskOf(anna, world.lead)).toBe(roleMask.owner);
    expect(errorOf(await world.byUser('accept', confirm, anna.token))).toBe(expired);
  });

  it('Fix: is for nobody else who has the code, neither to accept nor to reject', async () => {
    const [anna, thief] = [await world.person(), await world.person(permissionMask(['instance_owner']))];
    const confirm = await world.invite(anna.email);
    for (const verb of ['accept', 'reject'] as const) {
      expect(errorOf(await world.byUser(verb, confirm, thief.token))).toBe(insufficient);
      expect(errorOf(await world.byOrg(verb, world.lead, confirm, world.lead.owner.token))).toBe(insufficient);
      expect(errorOf(await world.byUser(verb, confirm))).toMatch(/^unauthorized/);
    }
    expect(statusOf(await world.byUser('reject', confirm, anna.token))).toBe('SUCCESS');
    expect(errorOf(await world.byUser('accept', confirm, anna.token))).toBe(expired);
    expect(await world.maskOf(anna, world.lead)).toBeNull();
  });

  it('is refused to a member, and keeps its charge', async () => {
    const anna = await world.member(world.lead, 'translator');
    const confirm = await world.invite(anna.email);
    expect(errorOf(await world.byUser('accept', confirm, anna.token))).toBe('staffer_exists: staffer_exists');
    expect([await world.maskOf(anna, world.lead), await world.chargesOf(confirm.code)]).toEqual([
      roleMask.translator,
      1,
    ]);
  });

  it('into an org that is gone is org_not_found', async () => {
    const anna = await world.person();
    const confirm = await world.invite(anna.email);
    await world.fleet.sql.query('update catalog.orgs set deleted_at = now() where id = $1', [world.lead.id]);
    expect(errorOf(await world.byUser('accept', confirm, anna.token))).toBe('org_not_found: org_not_found');
    expect(await world.chargesOf(confirm.code)).toBe(1);
  });
});

describe('links', () => {
  const follow = (url: string, authorization?: string, method: 'get' | 'post' | 'head' = 'get') => {
    const call = world.gateway.http[method](url);
    return authorization ? call.set('authorization', authorization) : call;
  };
  const bearer = ({ token }: Person) => `Bearer ${token}`;

  it("ask nobody's browser for email and password, and act for who has them", async () => {
    const password = 'Long enough 1';
    const anna = await world.person(0, await hashPassword(password, 4));
    const { code, email } = await world.invite(anna.email);
    const url = `/link/accept/${code}?email=${encodeURIComponent(email)}&redir=%2Fdone`;
    const basic = (secret: string) => `Basic ${Buffer.from(`${anna.email}:${secret}`).toString('base64')}`;
    for (const authorization of [undefined, basic('wrong')]) {
      const refused = await follow(url, authorization);
      expect([refused.status, refused.text]).toEqual([401, 'unauthorized']);
      expect(refused.headers['www-authenticate']).toBe('Basic realm="Proca"');
      expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    expect((await follow(url, 'Basic %')).status).toBe(400);
    expect((await follow(url, basic(password), 'head')).status).toBe(200);
    expect(await world.maskOf(anna, world.lead)).toBeNull();
    const accepted = await follow(url, basic(password));
    expect([accepted.status, accepted.headers['location']]).toEqual([302, '/done']);
    expect(await world.maskOf(anna, world.lead)).toBe(roleMask.campaigner);
    const again = await follow(url, basic(password));
    expect([again.status, again.text]).toEqual([400, 'expired']);
  });

  it('act as staff of the org they name, else where the user signed in last', async () => {
    const boss = await world.member(world.lead, 'owner');
    await world.fleet.insert('staffers', { user_id: boss.id, org_id: world.partner.id, perms: roleMask.owner });
    await world.fleet.sql.query(
      `update catalog.staffers set last_signin_at = case org_id when $2 then now() else now() - interval '1 day' end
        where user_id = $1`,
      [boss.id, world.partner.id],
    );
    const { code, objectId } = await world.requestLaunch();
    const url = `/link/accept/${code}?id=${objectId}`;
    const refused = await follow(url, bearer(boss));
    expect([refused.status, refused.body]).toEqual([
      400,
      { errors: [{ message: 'User does not have sufficient permissions' }] },
    ]);
    expect((await follow(`${url}&org=none`, bearer(boss))).status).toBe(401);
    expect((await follow(`${url}&org=${world.lead.name}`, bearer(boss), 'post')).status).toBe(302);
    expect(await world.isLive(world.page.id)).toBe(true);
  });

  it('lead nowhere but to our own host', async () => {
    const { code, objectId } = await world.requestLaunch();
    const url = `/link/reject/${code}?id=${objectId}&redir=${encodeURIComponent('https://evil.org/')}`;
    const rejected = await follow(url, bearer(world.lead.owner));
    expect([rejected.status, rejected.headers['location']]).toEqual([302, '/']);
    expect(await world.chargesOf(code)).toBe(0);
  });

  it('with another object or address are no code', async () => {
    const { code } = await world.requestLaunch();
    for (const query of ['', `?id=${world.page.id + 1}`, '?id=x', `?email=x%40y&id=${world.page.id}`]) {
      const refused = await follow(`/link/accept/${code}${query}`, bearer(world.lead.owner));
      expect([refused.status, refused.body]).toEqual([400, { errors: [{ message: 'code invalid' }] }]);
    }
  });
});

it('every request and decision leaves an audit entry without personal data', async () => {
  const anna = await world.person();
  await world.fleet.sql.query('truncate catalog.audit_log');
  const [first, second] = [await world.requestLaunch(), await world.requestJoin()];
  const [third, fourth] = [await world.invite(anna.email), await world.invitePartner('guest@example.org')];
  await world.byOrg('accept', world.lead, first, world.lead.owner.token);
  await world.byOrg('reject', world.lead, second, world.lead.owner.token);
  await world.byUser('accept', third, anna.token);
  await world.byOrg('accept', world.partner, fourth, world.partner.owner.token);
  const { rows } = await world.fleet.sql.query<{ actor_id: string; changeset: Record<string, unknown> }>(
    'select actor_id, changeset from catalog.audit_log order by inserted_at',
  );
  const owners = [world.partner.owner.id, world.lead.owner.id].map(String);
  const [ofPartner, ofLead] = owners;
  expect(rows.map(({ actor_id, changeset: c }) => [actor_id, c['operation'], c['confirmOperation']])).toEqual([
    [ofPartner, 'launchActionPage', 'launch_page'],
    [ofPartner, 'requestJoinCampaign', 'join_campaign'],
    [ofLead, 'inviteOrgUser', 'add_staffer'],
    [ofPartner, 'invitePartner', 'add_partner'],
    [ofLead, 'acceptConfirm', 'launch_page'],
    [ofLead, 'rejectConfirm', 'join_campaign'],
    [String(anna.id), 'acceptConfirm', 'add_staffer'],
    [ofPartner, 'acceptConfirm', 'add_partner'],
  ]);
  for (const { code } of [first, second, third, fourth]) expect(JSON.stringify(rows)).not.toContain(code);
  expect(JSON.stringify(rows)).not.toContain('@');
});

it('guessing codes ends soon for one address, with right ones not counted', async () => {
  const { code, objectId } = await world.requestLaunch();
  const limit = fixedLimits.confirmCodeByAddress.points;
  let guesses = 0;
  let refused: { status: number; headers: Record<string, string> } | undefined;
  while (!refused && guesses <= limit) {
    const answer = await world.gateway.http.get(`/link/accept/${9_000_000 + guesses}`);
    if (answer.status === 429) refused = answer as never;
    guesses += 1;
    if (guesses < 50) expect((await world.gateway.http.head(`/link/accept/${code}?id=${objectId}`)).status).toBe(200);
  }
  expect(refused?.status).toBe(429);
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
});
