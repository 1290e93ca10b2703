import { randomBytes } from 'node:crypto';
import { RabbitProxy, waitFor, type TestDatabase } from '@groundswell/testing';
import { CatalogueBoot } from '../../src/catalogue-writing/catalogue-boot';
import { AdminGateway, instanceName, testEnvelopeKey, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway | null = null;

beforeEach(async () => (database = await withDatabase()));
afterEach(async () => {
  await gateway?.close();
  gateway = null;
  await database.drop();
});

const keysOfInstance = (on: AdminGateway) =>
  on.owner
    .query('select k.* from catalog.public_keys k join catalog.orgs o on o.id = k.org_id where o.name = $1', [
      instanceName,
    ])
    .then(({ rows }) => rows);

describe('first boot', () => {
  it('makes the instance org with one active key pair, private part sealed, and the first admin', async () => {
    const initialAdmin = { email: 'admin@example.org', password: 'correct horse' };
    gateway = await AdminGateway.start(database, { settings: { initialAdmin } });
    const [key, ...others] = await keysOfInstance(gateway);
    expect(others).toEqual([]);
    expect(key).toMatchObject({ active: true, expired: false });
    expect(key.private).toMatch(/^gs1:/);
    const admin = await gateway.one(
      'select u.perms, s.perms as staff from catalog.users u join catalog.staffers s on s.user_id = u.id',
    );
    expect(admin).toEqual({ perms: 15, staff: 1541760 });
  });

  it('changes nothing at the next boots, also of several replicas at once', async () => {
    const initialAdmin = { email: 'admin@example.org', password: 'correct horse' };
    const replicas = await Promise.all(
      [1, 2, 3].map(() => AdminGateway.start(database, { settings: { initialAdmin } })),
    );
    try {
      expect(await keysOfInstance(replicas[0]!)).toHaveLength(1);
      const counts = await replicas[0]!.one(
        'select (select count(*) from catalog.orgs) orgs, (select count(*) from catalog.users) users',
      );
      expect(counts).toEqual({ orgs: 1, users: 1 });
    } finally {
      for (const replica of replicas) await replica.close();
    }
  });

  it('refuses to start when the private key does not open', async () => {
    gateway = await AdminGateway.start(database);
    await gateway.close();
    gateway = null;
    await expect(AdminGateway.start(database, { envelopeKey: randomBytes(32) })).rejects.toThrow(
      'instance org "instance" has no usable key pair',
    );
  });

  it('refuses to start when no key of the instance org is active', async () => {
    gateway = await AdminGateway.start(database);
    await gateway.owner.query('update catalog.public_keys set active = false');
    await gateway.close();
    gateway = null;
    await expect(AdminGateway.start(database, { envelopeKey: testEnvelopeKey })).rejects.toThrow('no key is active');
  });

  it('boots without the database and sets up once it is there', async () => {
    const door = await RabbitProxy.start(database.urls.gateway);
    door.refuse();
    gateway = await AdminGateway.start(database, { databaseUrl: door.amqpUrl, settings: { databaseWaitMs: 100 } });
    try {
      const boot = gateway.app.get(CatalogueBoot);
      expect(boot.isReady).toBe(false);
      const { errors } = await gateway.ask('{ actionPage(id: 1) { id } }');
      expect(errors?.[0]?.extensions).toEqual({ code: 'unavailable', retryAfterSeconds: 5 });
      door.accept();
      await waitFor(() => boot.isReady);
      expect(await keysOfInstance(gateway)).toHaveLength(1);
    } finally {
      await gateway.close();
      gateway = null;
      await door.close();
    }
  });

  it('answers the widget from memory while the database is away, and says so for everything else', async () => {
    const door = await RabbitProxy.start(database.urls.gateway);
    gateway = await AdminGateway.start(database, { databaseUrl: door.amqpUrl });
    try {
      const org = await gateway.addOrg();
      const page = await gateway.addPage(org, await gateway.addCampaign(org), { extraSupporters: 3 });
      const start = `{ actionPage(id: ${page.id}) { id config campaign { stats { supporterCount } } } }`;
      const before = await gateway.get(start);
      door.refuse();
      expect(await gateway.get(start)).toEqual(before);
      for (const query of [
        '{ actionPage(name: "no/such") { id } }',
        `mutation { addOrg(input: {name: "late", title: "L"}) { id } }`,
      ]) {
        const { errors } = await gateway.ask(query, {}, query.startsWith('m') ? org.token : undefined);
        expect(errors?.[0]?.extensions).toEqual({ code: 'unavailable', retryAfterSeconds: 5 });
      }
    } finally {
      await gateway.close();
      gateway = null;
      await door.close();
    }
  });
});
