import { systemEventV2 } from '@groundswell/contracts';
import { adminMask, permissionMask, roleMask, type Role } from '@groundswell/domain';
import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, unique, withDatabase } from './admin.fixture';
import { StatementCounter } from './statement-counter';

const legacyOwnerMask = 1_540_736;
const manageUsers = permissionMask(['manage_users']);

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let instanceId: number;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  ({ id: instanceId } = await gateway.one<{ id: number }>(`select id from catalog.orgs where name = 'instance'`));
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
beforeEach(async () => {
  org = await gateway.addOrg();
});

interface Person {
  id: number;
  email: string;
  token: string;
}

async function person(perms = 0): Promise<Person> {
  const email = `${unique('anna')}@example.org`;
  return { ...(await gateway.addUser(email, perms)), email };
}

/** A member of the org with a role, or with a mask of its own. */
async function member(role: Role | number, userPerms = 0): Promise<Person> {
  const someone = await person(userPerms);
  await gateway.addStaffer(someone.id, org.id, typeof role === 'number' ? role : roleMask[role]);
  return someone;
}

const maskOf = async ({ id }: { id: number }): Promise<number | null> => {
  const query = 'select perms from catalog.staffers where user_id = $1 and org_id = $2';
  const { rows } = await gateway.owner.query<{ perms: number }>(query, [id, org.id]);
  return rows[0]?.perms ?? null;
};

const call = (mutation: string, type = 'OrgUserInput!') =>
  `mutation ($org: String!, $input: ${type}) { answer: ${mutation}(orgName: $org, input: $input) { status } }`;
const removal =
  'mutation ($org: String!, $email: String!) { answer: deleteOrgUser(orgName: $org, email: $email) { status } }';
const invitation = `mutation ($org: String!, $input: OrgUserInput!, $message: String) {
  answer: inviteOrgUser(orgName: $org, input: $input, message: $message) {
    code email message objectId creator { id email isAdmin roles { role } } } }`;

/** The status, or code and message of the error. */
async function outcome(query: string, variables: object, token?: string): Promise<string> {
  const { data, errors } = await gateway.ask(query, { org: org.name, ...variables }, token);
  if (errors?.[0]) return `${String(errors[0].extensions?.['code'] ?? '')}: ${errors[0].message}`;
  return String((data as unknown as { answer: { status?: string } }).answer.status ?? 'DONE');
}
const add = (to: { email: string }, role: string, token?: string) =>
  outcome(call('addOrgUser'), { input: { email: to.email, role } }, token);
const update = (to: { email: string }, role: string, token?: string) =>
  outcome(call('updateOrgUser'), { input: { email: to.email, role } }, token);
const remove = ({ email }: { email: string }, token?: string) => outcome(removal, { email }, token);
const invite = (role: string, token?: string, email = 'new@example.org') =>
  outcome(invitation, { input: { email, role } }, token);

const higher = 'permission_denied: User must have higher role';
const lastOwner = 'permission_denied: The last owner of an organisation cannot be removed';
const denied = 'permission_denied: You do not have the required permission';
const nobody = 'permission_denied: User is not a member of team responsible for resource';

describe('addOrgUser', () => {
  it('makes a member with the mask of the role, whatever the case of the address', async () => {
    const anna = await person();
    expect(await add({ email: anna.email.toUpperCase() }, 'translator', org.token)).toBe('SUCCESS');
    expect(await maskOf(anna)).toBe(roleMask.translator);
  });

  it('checks in order: the user, the membership, the role, whether it may be given', async () => {
    const campaigner = await member('campaigner');
    const anna = await member('translator');
    expect(await add({ email: 'nobody@example.org' }, 'king', campaigner.token)).toBe('not_found: User does not exist');
    expect(await add(anna, 'king', campaigner.token)).toBe('NOOP');
    expect(await maskOf(anna)).toBe(roleMask.translator);
    const stranger = await person();
    expect(await add(stranger, 'Owner', campaigner.token)).toBe('not_found: No such role');
    expect(await add(stranger, 'owner', campaigner.token)).toBe(higher);
    expect(await maskOf(stranger)).toBeNull();
  });

  it('is for whoever may change the settings', async () => {
    const anna = await person();
    expect(await add(anna, 'translator')).toBe(nobody);
    for (const role of ['translator', 'coordinator'] as const) {
      expect(await add(anna, 'coordinator', (await member(role)).token)).toBe(denied);
    }
    const outsider = await gateway.addOrg();
    expect(await add(anna, 'coordinator', outsider.token)).toBe(denied);
    const [error] = (
      await gateway.ask(call('addOrgUser'), { org: org.name, input: { email: 'x', role: 'x' } }, outsider.token)
    ).errors!;
    expect(error?.extensions).toEqual({ code: 'permission_denied', required: ['change_org_settings'], provided: [] });
    expect(await outcome(call('addOrgUser'), { org: 'no_such_org', input: { email: 'x', role: 'x' } }, org.token)).toBe(
      'not_found: Entity not found',
    );
  });

  it('Fix: a user who manages users or owns the instance gives any role without being a member', async () => {
    for (const perms of [manageUsers, permissionMask(['instance_owner'])]) {
      const admin = await person(perms);
      const anna = await person();
      expect(await add(anna, 'owner', admin.token)).toBe('SUCCESS');
      expect(await update(anna, 'campaigner', admin.token)).toBe('SUCCESS');
      expect(await invite('owner', admin.token)).toBe('DONE');
      expect(await remove(anna, admin.token)).toBe('SUCCESS');
    }
  });
});

describe('which role may be given', () => {
  it.each<[Role | number, string]>([
    ['owner', 'owner campaigner translator coordinator'],
    [legacyOwnerMask, 'owner campaigner translator coordinator'],
    ['campaigner', 'campaigner translator coordinator'],
    ['translator', 'translator coordinator'],
    ['coordinator', ''],
  ])('%s invites: %s', async (role, expected) => {
    const { token } = await member(role);
    const given: string[] = [];
    for (const wanted of Object.keys(roleMask)) if ((await invite(wanted, token)) === 'DONE') given.push(wanted);
    expect(given.join(' ')).toBe(expected);
  });
});

describe('updateOrgUser', () => {
  it('replaces the whole mask', async () => {
    const anna = await member(roleMask.translator | permissionMask(['export_contacts']));
    expect(await update(anna, 'coordinator', org.token)).toBe('SUCCESS');
    expect(await maskOf(anna)).toBe(roleMask.coordinator);
  });

  it('needs a user, a member and a role', async () => {
    const stranger = await person();
    expect(await update({ email: 'nobody@example.org' }, 'owner', org.token)).toBe('not_found: User does not exist');
    expect(await update(stranger, 'owner', org.token)).toBe('not_found: User is not a member of this org');
    expect(await update(await member('translator'), 'king', org.token)).toBe('not_found: No such role');
  });

  it('Fix: nobody changes a member whose role they could not give', async () => {
    const campaigner = await member('campaigner');
    const owner = await member('owner');
    const exporter = await member(permissionMask(['export_contacts']));
    expect(await update(owner, 'translator', campaigner.token)).toBe(higher);
    expect(await update(exporter, 'translator', campaigner.token)).toBe(higher);
    expect(await update(campaigner, 'owner', campaigner.token)).toBe(higher);
    expect([await maskOf(owner), await maskOf(campaigner)]).toEqual([roleMask.owner, roleMask.campaigner]);
    expect(await update(await member('translator'), 'campaigner', campaigner.token)).toBe('SUCCESS');
  });

  it('Fix: the last owner cannot be demoted, not even by an instance admin', async () => {
    const admin = await person(adminMask);
    const { email } = await gateway.one<{ email: string }>('select email from catalog.users where id = $1', [
      org.userId,
    ]);
    for (const token of [org.token, admin.token]) expect(await update({ email }, 'campaigner', token)).toBe(lastOwner);
    expect(await update({ email }, 'owner', org.token)).toBe('SUCCESS');
    await member('owner');
    expect(await update({ email }, 'campaigner', org.token)).toBe('SUCCESS');
  });
});

describe('deleteOrgUser', () => {
  it('Fix: members can be removed by others', async () => {
    const anna = await member('translator');
    expect(await remove(anna, org.token)).toBe('SUCCESS');
    expect(await maskOf(anna)).toBeNull();
    expect(await remove(anna, org.token)).toBe('not_found: User is not a member of this org');
    expect(await remove({ email: 'nobody@example.org' }, org.token)).toBe('not_found: User does not exist');
  });

  it('Fix: removing oneself needs the right to join orgs', async () => {
    const anna = await member('campaigner');
    expect(await remove(anna, anna.token)).toBe('permission_denied: You cannot remove yourself');
    const joiner = await member('campaigner', permissionMask(['join_orgs']));
    expect(await remove(joiner, joiner.token)).toBe('SUCCESS');
  });

  it('Fix: nobody removes a member whose role they could not give', async () => {
    const owner = await member('owner');
    expect(await remove(owner, (await member('campaigner')).token)).toBe(higher);
    expect(await maskOf(owner)).toBe(roleMask.owner);
  });

  it('Fix: the last owner cannot be removed, a legacy owner counts', async () => {
    const { email } = await gateway.one<{ email: string }>('select email from catalog.users where id = $1', [
      org.userId,
    ]);
    const admin = await person(adminMask);
    expect(await remove({ email }, admin.token)).toBe(lastOwner);
    await member(legacyOwnerMask);
    expect(await remove({ email }, admin.token)).toBe('SUCCESS');
  });

  it('Fix: of two owners who remove each other at the same time one stays', async () => {
    const other = await member('owner');
    const { email } = await gateway.one<{ email: string }>('select email from catalog.users where id = $1', [
      org.userId,
    ]);
    const outcomes = await Promise.all([remove(other, org.token), remove({ email }, other.token)]);
    expect(outcomes.sort()).toEqual(['SUCCESS', lastOwner].sort());
  });
});

describe('joinOrg', () => {
  const join = `mutation ($org: String!) { joinOrg(name: $org) { status org { __typename name } } }`;
  const joined = () => ({ joinOrg: { status: 'SUCCESS', org: { __typename: 'PrivateOrg', name: org.name } } });

  it('makes owner who may join orgs, and raises a member', async () => {
    const admin = await person(permissionMask(['join_orgs']));
    expect(await gateway.get(join, { org: org.name }, admin.token)).toEqual(joined());
    expect(await maskOf(admin)).toBe(roleMask.owner);
    const anna = await member('coordinator', permissionMask(['instance_owner']));
    expect(await gateway.get(join, { org: org.name }, anna.token)).toEqual(joined());
    expect(await maskOf(anna)).toBe(roleMask.owner);
  });

  it('Fix: holds for the next mutation of the same document', async () => {
    const admin = await person(permissionMask(['join_orgs']));
    const both = `mutation ($org: String!) { joinOrg(name: $org) { status } updateOrg(name: $org, input: {title: "T"}) { title } }`;
    expect(await gateway.get(both, { org: org.name }, admin.token)).toMatchObject({ updateOrg: { title: 'T' } });
  });

  it('is for nobody else', async () => {
    const { errors } = await gateway.ask(join, { org: org.name }, org.token);
    expect(errors?.[0]).toMatchObject({
      message: 'You do not have the required permission',
      extensions: { code: 'permission_denied', required: ['join_orgs'], provided: [] },
    });
    expect((await gateway.errors(join, { org: org.name }))[0]?.[0]).toBe(nobody.slice('permission_denied: '.length));
    expect((await gateway.errors(join, { org: 'none' }, org.token))[0]?.[0]).toBe('Entity not found');
  });
});

describe('updateUser', () => {
  const mutation = `mutation ($input: UserDetailsInput!, $id: Int, $email: String) {
    updateUser(input: $input, id: $id, email: $email) { id phone jobTitle pictureUrl } }`;
  const details = { phone: '+48 22 123', jobTitle: 'Lead', pictureUrl: 'https://example.org/me.png' };

  it('Fix: saves the own details; null clears, what is absent stays', async () => {
    const anna = await person();
    const saved = { id: anna.id, ...details };
    expect(await gateway.get(mutation, { input: details }, anna.token)).toEqual({ updateUser: saved });
    await gateway.get(mutation, { input: { phone: null, jobTitle: '' }, id: null, email: null }, anna.token);
    const { currentUser } = await gateway.get('{ currentUser { phone jobTitle pictureUrl } }', {}, anna.token);
    expect(currentUser).toEqual({ phone: null, jobTitle: null, pictureUrl: details.pictureUrl });
  });

  it('changes others for whoever manages users', async () => {
    const [admin, anna] = [await person(manageUsers), await person()];
    for (const who of [{ id: anna.id }, { email: anna.email.toUpperCase() }]) {
      const answer = await gateway.get(mutation, { input: details, ...who }, admin.token);
      expect(answer).toEqual({ updateUser: { id: anna.id, ...details } });
      expect(await gateway.errors(mutation, { input: details, ...who }, org.token)).toEqual([
        ['Only admin with manage_users permission can modify other users', 'updateUser'],
      ]);
    }
    for (const who of [{ id: 999_999_999 }, { email: 'nobody@example.org' }]) {
      expect((await gateway.errors(mutation, { input: details, ...who }, admin.token))[0]?.[0]).toBe('User not found');
    }
    expect((await gateway.errors(mutation, { input: {} }))[0]?.[0]).toBe(
      'Authentication is required for this API call',
    );
  });

  it('names each wrong attribute', async () => {
    const input = { phone: 'call me', jobTitle: '<b>', pictureUrl: 'https://example.org/me.html' };
    expect((await gateway.errors(mutation, { input }, org.token)).sort()).toEqual([
      ['URL is invalid', 'updateUser.pictureUrl'],
      ['has invalid format', 'updateUser.jobTitle'],
      ['has invalid format', 'updateUser.phone'],
    ]);
  });
});

describe('users', () => {
  const query = `query ($id: Int, $email: String, $orgName: String) {
    users(select: {id: $id, email: $email, orgName: $orgName}) { id email isAdmin apiToken { expiresAt }
      roles { role org { __typename name } } } }`;
  const found = async (select: object, token: string) => {
    const { users } = await gateway.get<{ users: { id: number }[] }>(query, select, token);
    return users.map(({ id }) => id);
  };

  it('selects by id, by pattern and by org, all together; everyone without', async () => {
    const admin = await person(manageUsers);
    const [anna, bert] = [await member('owner'), await member('translator')];
    expect(await found({ id: anna.id, email: null, orgName: null }, admin.token)).toEqual([anna.id]);
    expect(await found({ orgName: org.name.toUpperCase() }, admin.token)).toEqual([org.userId, anna.id, bert.id]);
    expect(await found({ orgName: org.name, email: `${bert.email.slice(0, -4)}%` }, admin.token)).toEqual([bert.id]);
    expect(await found({ orgName: org.name, id: admin.id }, admin.token)).toEqual([]);
    expect(await found({ email: 'nobody\\' }, admin.token)).toEqual([]);
    const { users } = await gateway.get<{ users: unknown[] }>('{ users { id } }', {}, admin.token);
    const { count } = await gateway.one<{ count: number }>('select count(*)::int as count from catalog.users');
    expect(users).toHaveLength(count);
  });

  it('shows the orgs of others publicly, and the token of nobody else', async () => {
    const admin = await person(manageUsers);
    const anna = await member('owner', permissionMask(['instance_owner']));
    const { users } = await gateway.get<{ users: unknown[] }>(query, { id: anna.id }, admin.token);
    const role = { role: 'owner', org: { __typename: 'PublicOrg', name: org.name } };
    expect(users).toEqual([{ id: anna.id, email: anna.email, isAdmin: true, apiToken: null, roles: [role] }]);
  });

  it('asks for the roles of all together', async () => {
    const admin = await person(manageUsers);
    for (let count = 0; count < 5; count += 1) await member('translator');
    const statements = StatementCounter.start(gateway, /from catalog\.(users|staffers)\b/i);
    try {
      const { users } = await gateway.get<{ users: { roles: unknown[] }[] }>(query, { orgName: org.name }, admin.token);
      expect(users.map(({ roles }) => roles.length)).toEqual([1, 1, 1, 1, 1, 1]);
      // The list, and the roles of all.
      expect(statements.take()).toBe(2);
    } finally {
      statements.stop();
    }
  });

  it('is for whoever manages users', async () => {
    expect((await gateway.errors('{ users { id } }', {}, org.token))[0]?.[0]).toBe(
      'You do not have the required permission',
    );
    expect((await gateway.errors('{ users { id } }'))[0]?.[0]).toBe(nobody.slice('permission_denied: '.length));
  });
});

describe('inviteOrgUser', () => {
  it('answers the confirm with its code, and nothing of the creator but the profile to others', async () => {
    const email = 'New.Person@example.org';
    const variables = { org: org.name, input: { email, role: 'owner' }, message: 'Welcome' };
    const { answer } = await gateway.get<{ answer: { code: string } }>(invitation, variables, org.token);
    expect(answer).toMatchObject({
      code: expect.stringMatching(/^\d{12}$/),
      ...{ email, message: 'Welcome', objectId: 1_541_760 },
      creator: { id: org.userId, roles: [{ role: 'owner' }] },
    });
  });

  it('refuses what is no address, and a message without end', async () => {
    const input = { email: 'new', role: 'owner' };
    expect(await gateway.errors(invitation, { org: org.name, input }, org.token)).toEqual([
      ['has invalid format', 'answer.email'],
    ]);
    const long = { org: org.name, input: { ...input, email: 'a@b' }, message: 'x'.repeat(10_001) };
    expect(await gateway.errors(invitation, long, org.token)).toEqual([
      ['should be at most 10000 character(s)', 'answer.message'],
    ]);
  });
});

it('every change leaves an audit entry without personal data', async () => {
  await gateway.owner.query('truncate catalog.audit_log');
  const [anna, admin] = [await person(), await person(adminMask)];
  await add(anna, 'translator', org.token);
  await update(anna, 'coordinator', org.token);
  await remove(anna, org.token);
  await invite('owner', org.token, anna.email);
  await gateway.get('mutation ($o: String!) { joinOrg(name: $o) { status } }', { o: org.name }, admin.token);
  await gateway.get('mutation { updateUser(input: {phone: "12"}) { id } }', {}, anna.token);
  const { rows } = await gateway.owner.query<{ actor_id: string; changeset: { operation: string } }>(
    'select actor_id, changeset from catalog.audit_log order by inserted_at',
  );
  expect(rows.map(({ actor_id, changeset }) => [Number(actor_id), changeset.operation])).toEqual([
    [org.userId, 'addOrgUser'],
    [org.userId, 'updateOrgUser'],
    [org.userId, 'deleteOrgUser'],
    [org.userId, 'inviteOrgUser'],
    [admin.id, 'joinOrg'],
    [anna.id, 'updateUser'],
  ]);
  expect(JSON.stringify(rows)).not.toContain('@');
});

it('an org made by a user is told to the instance org', async () => {
  const { rows } = await gateway.owner.query<{ routing_key: string; body: string; headers: object }>(
    `select routing_key, body, headers from catalog.outbox where lane = $1 and body like $2`,
    [instanceId, `%"${org.name}"%`],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ routing_key: 'instance.system.new_org', headers: { event_type: 'new_org' } });
  const event = systemEventV2.parse(JSON.parse(rows[0]!.body));
  expect(event).toMatchObject({ eventType: 'new_org', orgId: org.id, org: { name: org.name }, campaign: null });
  expect(event.contact.email).toMatch(new RegExp(`^${event.contact.firstName}@`));
});
