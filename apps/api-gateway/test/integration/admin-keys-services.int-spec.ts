import type { TestDatabase } from '@groundswell/testing';
import { ContactBox, openBox } from '@groundswell/crypto';
import { Catalogue } from '@groundswell/persistence';
import { AdminGateway, instanceName, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let admin: string;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
  admin = (await gateway.addUser('root@example.org', 15)).token;
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

interface Key {
  id: number;
  public: string;
  private: string;
  active: boolean;
}
const generate = `mutation ($name: String!) { generateKey(orgName: $name, input: {name: "k"}) { id public private name active expired expiredAt } }`;
const add =
  'mutation ($name: String!, $public: String!) { addKey(orgName: $name, input: {name: "k", public: $public}) { id public active } }';
const activate = 'mutation ($name: String!, $id: Int!) { activateKey(orgName: $name, id: $id) { status } }';
const newKey = async (name = org.name, token = org.token) =>
  (await gateway.get<{ generateKey: Key }>(generate, { name }, token)).generateKey;

describe('keys', () => {
  it('are made as a pair whose private part is shown once and stored nowhere', async () => {
    const key = await newKey();
    expect(key).toMatchObject({ name: 'k', active: false, expired: false, expiredAt: null });
    expect(key.public).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await gateway.one('select private from catalog.public_keys where id = $1', [key.id])).toEqual({
      private: null,
    });
    const sender = await newKey();
    const box = new ContactBox(Buffer.from(sender.private, 'base64url'));
    const { payload, nonce } = box.encrypt(Buffer.from(key.public, 'base64url'), '{"a":1}');
    const [senderPublic, ownPrivate] = [sender.public, key.private].map((text) => Buffer.from(text, 'base64url'));
    expect(openBox({ payload, nonce }, senderPublic!, ownPrivate!)).toBe('{"a":1}');
  });

  it('of others are added with their public part', async () => {
    const { public: text } = await newKey();
    expect(await gateway.get(add, { name: org.name, public: `${text}=` }, org.token)).toMatchObject({
      addKey: { public: text, active: false },
    });
    for (const [wrong, message] of [
      ['not base64!', 'Cannot decode public key using Base64'],
      [text.slice(0, 40), 'must by 256 bits'],
      [Buffer.alloc(32).toString('base64url'), 'is invalid'],
      ['', "can't be blank"],
    ]) {
      expect(await gateway.errors(add, { name: org.name, public: wrong }, org.token)).toEqual([
        [message, 'addKey.public'],
      ]);
    }
  });

  it('become the only active one, at once', async () => {
    const [first, second] = [await newKey(), await newKey()];
    for (const { id } of [first, second, second]) {
      expect(await gateway.get(activate, { name: org.name, id }, org.token)).toEqual({
        activateKey: { status: 'SUCCESS' },
      });
    }
    expect(gateway.app.get(Catalogue).activeKeyOf(org.id)?.id).toBe(second.id);
    const { org: found } = await gateway.get<{ org: Record<string, unknown> }>(
      `{ org(name: "${org.name}") { active: keys(select: {active: true}) { id } byText: key(select: {public: "${first.public}=="}) { id active }
           newest: key(select: {}) { id } } }`,
      {},
      org.token,
    );
    expect(found).toEqual({
      active: [{ id: second.id }],
      byText: { id: first.id, active: false },
      newest: { id: second.id },
    });
  });

  it('of another org, expired or unknown are refused', async () => {
    const other = await gateway.addOrg();
    const theirs = await newKey(other.name, other.token);
    const refusal = async (id: number) => (await gateway.ask(activate, { name: org.name, id }, org.token)).errors?.[0];
    expect(await refusal(theirs.id)).toMatchObject({
      message: 'Public key not found',
      extensions: { code: 'not_found' },
    });
    const old = await newKey();
    await gateway.owner.query('update catalog.public_keys set expired = true where id = $1', [old.id]);
    expect(await refusal(old.id)).toMatchObject({ message: 'Public key expired', extensions: { code: 'expired' } });
    const none = await gateway.ask(`{ org(name: "${org.name}") { key(select: {id: 0}) { id } } }`, {}, org.token);
    expect(none.errors?.[0]).toMatchObject({ message: 'not_found', extensions: { code: 'not_found' } });
  });

  it('Fix: need change_org_settings or export_contacts, required by name', async () => {
    const { id, token } = await gateway.addUser(`${unique('u')}@example.org`);
    const deactivate = 'mutation ($name: String!) { deactivateAllKeys(orgName: $name) { status } }';
    for (const document of [generate, add, activate, deactivate]) {
      const refused = await gateway.ask(document, { name: org.name, public: '', id: 0 }, token);
      expect(refused.errors?.[0]?.extensions).toMatchObject({
        code: 'permission_denied',
        required: ['change_org_settings', 'export_contacts'],
      });
    }
    await gateway.addStaffer(id, org.id, 1 << 9);
    await newKey(org.name, token);
  });

  it('Fix: of the instance org keep their private part sealed; one without it cannot become active', async () => {
    const key = await newKey(instanceName, admin);
    const stored = await gateway.one<{ private: string }>('select private from catalog.public_keys where id = $1', [
      key.id,
    ]);
    expect(gateway.surroundings.settings.envelope.open(stored.private).toString('base64url')).toBe(key.private);
    await gateway.get(activate, { name: instanceName, id: key.id }, admin);
    const { public: text } = await newKey();
    const { addKey } = await gateway.get<{ addKey: Key }>(add, { name: instanceName, public: text }, admin);
    const { errors } = await gateway.ask(activate, { name: instanceName, id: addKey.id }, admin);
    expect(errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
    const catalogue = gateway.app.get(Catalogue);
    expect(catalogue.activeKeyOf(catalogue.orgByName(instanceName)?.id ?? 0)?.id).toBe(key.id);
  });
});

describe('services', () => {
  const upsert = `mutation ($name: String!, $id: Int, $input: ServiceInput!) { upsertService(orgName: $name, id: $id, input: $input) {
    id name host user path sendingFrom transactionalEmailBudget } }`;
  const save = async (input: object, id: number | null = null, at = org) =>
    (await gateway.get<{ upsertService: { id: number } }>(upsert, { name: at.name, id, input }, at.token))
      .upsertService;

  it('are made, then found again by type, keeping what is not given', async () => {
    const at = await gateway.addOrg();
    const made = await save(
      { name: 'SMTP', host: 'tls://mail:587', user: 'me', password: 'secret', path: '' },
      null,
      at,
    );
    expect(made).toEqual({
      ...{ id: expect.any(Number) as number, name: 'SMTP', host: 'tls://mail:587', user: 'me', path: null },
      ...{ sendingFrom: null, transactionalEmailBudget: null },
    });
    expect(await save({ name: 'SMTP', user: null, transactionalEmailBudget: 100 }, null, at)).toMatchObject({
      ...{ id: made.id, host: 'tls://mail:587', user: '', transactionalEmailBudget: 100 },
    });
    const { password } = await gateway.one<{ password: string }>(
      'select password from catalog.services where id = $1',
      [made.id],
    );
    expect(password).toMatch(/^gs1:/);
    expect(gateway.surroundings.settings.envelope.open(password).toString()).toBe('secret');
  });

  it('are changed by id; the type stays', async () => {
    const service = await save({ name: 'WEBHOOK', host: 'https://example.org' });
    expect(await save({ name: 'WEBHOOK', path: 'hook' }, service.id)).toMatchObject({ id: service.id, path: 'hook' });
    expect(await gateway.errors(upsert, { name: org.name, id: service.id, input: { name: 'SQS' } }, org.token)).toEqual(
      [['cannot be changed', 'upsertService.name']],
    );
    const other = await gateway.addOrg();
    const { errors } = await gateway.ask(
      upsert,
      { name: other.name, id: service.id, input: { name: 'WEBHOOK' } },
      other.token,
    );
    expect(errors?.[0]).toMatchObject({
      message: `Cannot find service with ${service.id}`,
      extensions: { code: 'not_found' },
    });
    expect(await gateway.errors(upsert, { name: org.name, input: { name: 'SYSTEM' } }, org.token)).toEqual([
      ['is invalid', 'upsertService.name'],
    ]);
  });

  it('are listed by id, or by type', async () => {
    const at = await gateway.addOrg();
    const ids = [];
    for (const name of ['SQS', 'SMTP', 'STRIPE']) ids.push((await save({ name }, null, at)).id);
    expect(
      await gateway.get(
        `{ org(name: "${at.name}") { services { id } some: services(select: {name: SMTP}) { name } } }`,
        {},
        at.token,
      ),
    ).toEqual({ org: { services: ids.map((id) => ({ id })), some: [{ name: 'SMTP' }] } });
  });
});
