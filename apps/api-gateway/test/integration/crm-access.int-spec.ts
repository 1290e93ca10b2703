import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { permissionMask, type Permission } from '@groundswell/domain';
import { FixesWorld, problemsOf, unique, type Org, type Person } from './fixes.fixture';

/** What of it is answered by the gateway alone; the whole story is apps/e2e/test/crm-access.e2e-spec.ts. */
const query = `query ($org: String!) { crmAccess(orgName: $org) {
  queues { state isFull queues { name } } backlog { messages oldestAt }
  credentials { id label username state createdAt createdBy rotatedAt revokedAt } } }`;
const create = `mutation ($org: String!, $label: String!) {
  createCrmCredential(orgName: $org, label: $label) { id username password address state } }`;
const revoke = 'mutation ($org: String!, $id: ID!) { revokeCrmCredential(orgName: $org, id: $id) }';

let world: FixesWorld;

beforeAll(async () => {
  world = await FixesWorld.start();
});
afterAll(() => world.fleet.close());

const addCredential = (org: Org, columns: object = {}): Promise<number> => {
  const requestId = randomUUID();
  const made = {
    request_id: requestId,
    create_request_id: requestId,
    created_by: org.owner.id,
    password_hash: 'secret',
  };
  const row = { org_id: org.id, label: 'crm', username: unique('user'), is_settled: true, ...made, ...columns };
  return world.fleet.insert('crm_credentials', row, 'topology');
};

const addWaiting = (org: Org, createdAt: string): Promise<number> =>
  world.fleet.insert(
    'outbox',
    {
      message_id: unique('message'),
      lane: org.id,
      exchange: 'deliver',
      routing_key: `${org.name}.custom.action`,
      body: '{}',
      created_at: createdAt,
    },
    'actions',
  );

/** A member with these permissions alone. */
async function memberWith(org: Org, ...permissions: Permission[]): Promise<Person> {
  const person = await world.person();
  const perms = permissionMask(permissions);
  await world.fleet.insert('staffers', { user_id: person.id, org_id: org.id, perms });
  return person;
}

it('shows credentials and backlog of the org while nobody tells of its queues', async () => {
  const [org, other] = [await world.addOrg(), await world.addOrg()];
  const revokedAt = '2026-11-20T12:00:00.250Z';
  const active = await addCredential(org, { label: 'nightly', created_at: '2026-11-20T10:00:00.125Z' });
  await addCredential(org, { is_settled: false, rotated_at: '2026-11-20T11:00:00Z' });
  await addCredential(org, { revoked_at: revokedAt });
  await addCredential(org, { revoked_at: revokedAt, is_settled: false });
  await addCredential(other);
  await addWaiting(org, '2026-11-20T09:00:00.500Z');
  await addWaiting(org, '2026-11-20T09:30:00Z');
  await addWaiting(other, '2026-11-20T08:00:00Z');
  const answer = await world.gateway.post(query, { org: org.name }, org.owner.token);
  expect(answer.errors).toMatchObject([
    { path: ['crmAccess', 'queues'], extensions: { code: 'unavailable', service: 'topology-service' } },
  ]);
  expect(answer.data).toMatchObject({
    crmAccess: {
      queues: null,
      backlog: { messages: 2, oldestAt: '2026-11-20T09:00:00.500Z' },
      credentials: [
        { state: 'REVOKING', revokedAt },
        { state: 'REVOKED', revokedAt },
        { state: 'PENDING', rotatedAt: '2026-11-20T11:00:00.000Z', revokedAt: null },
        {
          id: String(active),
          label: 'nightly',
          state: 'ACTIVE',
          createdAt: '2026-11-20T10:00:00.125Z',
          createdBy: org.owner.id,
        },
      ],
    },
  });
  expect(JSON.stringify(answer)).not.toContain('secret');
});

it('shows the last 50 that are revoked, and all others', async () => {
  const org = await world.addOrg();
  const oldest = await addCredential(org);
  for (let n = 0; n < 52; n += 1) await addCredential(org, { revoked_at: '2026-11-20T12:00:00Z' });
  const { data } = await world.gateway.post(query, { org: org.name }, org.owner.token);
  const { crmAccess } = data as unknown as { crmAccess: { credentials: { id: string; state: string }[] } };
  const { credentials } = crmAccess;
  expect(credentials).toHaveLength(51);
  expect(credentials.at(-1)).toMatchObject({ id: String(oldest), state: 'ACTIVE' });
});

it('takes both permissions to change anything: to export contacts, and to change services', async () => {
  const org = await world.addOrg();
  const id = String(await addCredential(org));
  for (const [held, missing] of [
    ['export_contacts', 'change_org_services'],
    ['change_org_services', 'export_contacts'],
  ] as const) {
    const { token } = await memberWith(org, held);
    for (const [document, rest] of [
      [create, { label: 'crm' }],
      [revoke, { id }],
    ] as const) {
      const { errors } = await world.gateway.post(document, { org: org.name, ...rest }, token);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied', required: [missing] });
    }
  }
  const both = await memberWith(org, 'export_contacts', 'change_org_services');
  const answer = await world.gateway.post(create, { org: org.name, label: 'crm' }, both.token);
  expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'unavailable', service: 'topology-service' });
});

it('writes down who asked before it asks', async () => {
  const org = await world.addOrg();
  await world.gateway.post(create, { org: org.name, label: ' nightly ' }, org.owner.token);
  await world.gateway.post(revoke, { org: org.name, id: '7' }, org.owner.token);
  const { rows } = await world.fleet.sql.query<{ resource: string; resource_id: string; changeset: object }>(
    'select resource, resource_id, changeset from catalog.audit_log where actor_id = $1 order by inserted_at',
    [String(org.owner.id)],
  );
  expect(rows).toEqual([
    {
      resource: 'org',
      resource_id: String(org.id),
      changeset: { operation: 'createCrmCredential', orgId: org.id, label: 'nightly' },
    },
    { resource: 'crm_credential', resource_id: '7', changeset: { operation: 'revokeCrmCredential', orgId: org.id } },
  ]);
});

it.each([
  ['', "can't be blank"],
  ['   ', "can't be blank"],
  ['a'.repeat(101), 'should be at most 100 character(s)'],
  ['a\u0007b', 'has invalid format'],
])('refuses the label %j', async (label, problem) => {
  const { lead } = world;
  const answer = await world.gateway.post(create, { org: lead.name, label }, lead.owner.token);
  expect(problemsOf(answer)).toEqual([`${problem} at createCrmCredential.label`]);
});

it('finds no credential under what is no id', async () => {
  const { lead } = world;
  const answer = await world.gateway.post(revoke, { org: lead.name, id: 'x' }, lead.owner.token);
  expect(problemsOf(answer)).toEqual(['not_found: Entity not found at revokeCrmCredential']);
});

it('can read neither hashes of passwords nor what waits', async () => {
  const client = new Client({ connectionString: world.fleet.database.urls.gateway });
  await client.connect();
  for (const sql of ['select password_hash from topology.crm_credentials', 'select body from actions.outbox']) {
    await expect(client.query(sql)).rejects.toThrow(/permission denied/);
  }
  await client.end();
});
