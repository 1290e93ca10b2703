import type { ContactRecordV1 } from '@groundswell/contracts';
import { openBox, type KeyPair } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../../src/catalogue-writing/catalogue-settings';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

/** The second change finds a replica that has followed one. */
const rounds = 2;
const never = '2147483647';

let fleet: GatewayFleet;
let org: { name: string; id: number; pageId: number; token: string };
/** Changes go through this one. */
let one: RunningGateway;
let names = 0;

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  await fleet.vhost.declareExchange('event');
  const { orgId, pageId } = await fleet.insertPage('act.org/bees');
  org = { name: 'act_org_bees', id: orgId, pageId, token: await fleet.addOwner(orgId) };
  one = await fleet.start();
  await one.isReady();
});
afterAll(() => fleet.close());

async function change<Data>(mutation: string, token = org.token): Promise<Data> {
  const { data, errors } = await one.post(`mutation { ${mutation} }`, {}, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}

async function inEachRound(changeAndWait: () => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await changeAndWait();
}

/** The org's record of a signature that this gateway accepts now. */
async function recordOfSignature(gateway: RunningGateway): Promise<ContactRecordV1> {
  expect((await gateway.sign(org.pageId)).errors).toBeUndefined();
  const [submission] = await fleet.takeSubmissions();
  const record = submission?.contacts.find(({ orgId }) => orgId === org.id);
  if (!record) throw new Error('no record for the org');
  return record;
}

const bytes = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64url');

function open({ payload, nonce }: ContactRecordV1, recipient: KeyPair): unknown {
  const instance = one.catalogue.orgByName('instance');
  const signKey = instance && one.catalogue.activeKeyOf(instance.id);
  if (!signKey) throw new Error('no instance key');
  return JSON.parse(openBox({ payload: bytes(payload), nonce: bytes(nonce) }, signKey.public, recipient.private));
}

async function activateNewKey(): Promise<KeyPair & { id: number }> {
  const { generateKey } = await change<{ generateKey: { id: number; public: string; private: string } }>(
    `generateKey(orgName: "${org.name}", input: { name: "new" }) { id public private }`,
  );
  const { id } = generateKey;
  await change(`activateKey(orgName: "${org.name}", id: ${id}) { status }`);
  return { id, public: bytes(generateKey.public), private: bytes(generateKey.private) };
}

describe.each([
  ['is told by events', { CATALOGUE_POLL_MS: never }, (): Promise<void> => Promise.resolve()],
  ['has lost its event queue and only compares versions', {}, loseEvents],
])('another replica that %s', (_how, settings, prepare) => {
  let other: RunningGateway;

  beforeAll(async () => {
    other = await fleet.start(settings);
    await other.isReady();
    await prepare(other);
  });
  afterAll(() => fleet.stop(other));

  it('encrypts with a key activated through one', async () => {
    await inEachRound(async () => {
      const key = await activateNewKey();
      let record = null as ContactRecordV1 | null;
      await waitFor(async () => {
        record = await recordOfSignature(other);
        return record.encryptKeyId === key.id;
      });
      expect(open(record!, key)).toMatchObject({ firstName: 'Harald', email: 'harald@example.org' });
    });
  });

  it('serves a page updated through one, and no longer by its old name', async () => {
    await inEachRound(async () => {
      const page = { name: `act.org/bees/${(names += 1)}`, config: { round: names } };
      const asked = `{ actionPage(name: "${page.name}") { id config } }`;
      expect((await other.post(asked)).errors?.[0]?.extensions?.['code']).toBe('not_found');
      const { actionPage: before } = (await other.post(`{ actionPage(id: ${org.pageId}) { name } }`))
        .data as unknown as {
        actionPage: { name: string };
      };
      const config = JSON.stringify(JSON.stringify(page.config));
      await change(`updateActionPage(id: ${org.pageId}, input: { name: "${page.name}", config: ${config} }) { id }`);
      await waitFor(async () => (await other.post(asked)).data?.['actionPage'] != null);
      expect((await other.post(asked)).data).toEqual({
        actionPage: { id: org.pageId, config: JSON.stringify(page.config) },
      });
      const old = await other.post(`{ actionPage(name: "${before.name}") { id } }`);
      expect(old.errors?.[0]?.extensions?.['code']).toBe('not_found');
    });
  });

  it('refuses a token revoked through one', async () => {
    await inEachRound(async () => {
      const revoked = await fleet.addOwner();
      const askOther = () =>
        other.http.post('/api').set('authorization', `Bearer ${revoked}`).send({ query: '{ currentUser { id } }' });
      expect((await askOther()).status).toBe(200);
      const { resetApiToken: fresh } = await change<{ resetApiToken: string }>('resetApiToken', revoked);
      await waitFor(async () => (await askOther()).status === 401);
      expect((await askOther()).body).toEqual({
        data: null,
        errors: [{ message: 'Cannot verify token', extensions: { code: 'unauthorized' } }],
      });
      expect((await other.post('{ currentUser { id } }', {}, fresh)).errors).toBeUndefined();
    });
  });
});

async function loseEvents(gateway: RunningGateway): Promise<void> {
  await gateway.app.get<CatalogueSurroundings>(CATALOGUE_SURROUNDINGS).events?.stop();
}
