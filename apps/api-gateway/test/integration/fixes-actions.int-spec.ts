import { randomBytes } from 'node:crypto';
import { decodeRef } from '@groundswell/crypto';
import { addAction, addActionContact, linkActions } from './accept.fixture';
import { insertSignature } from './exported-world';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

/** Rules of graphql-api.md sections 4 and 5 that correct the former server, on one whole gateway. */
let fleet: GatewayFleet;
let gateway: RunningGateway;
let org: number;
let token: string;
const schemas = ['basic', 'popular_initiative', 'eci'] as const;
type Schema = (typeof schemas)[number];
const places = new Map<Schema, { pageId: number; campaignId: number }>();
const placeOf = (schema: Schema) => places.get(schema) ?? { pageId: 0, campaignId: 0 };

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  org = await fleet.insert('orgs', { name: 'green', title: 'Green' });
  for (const [code, name] of schemas.entries()) {
    const campaignId = await fleet.insert('campaigns', { name, title: name, org_id: org, contact_schema: code });
    const page = { name: `green/${name}`, locale: 'en', campaign_id: campaignId, org_id: org };
    places.set(name, { campaignId, pageId: await fleet.insert('action_pages', page) });
  }
  token = await fleet.addOwner(org);
  gateway = await fleet.start();
  await gateway.isReady();
});
afterAll(() => fleet.close());
beforeEach(async () => {
  await fleet.takeIngested();
  await fleet.sql.query('truncate actions.supporters, actions.actions cascade');
});

const sign = (schema: Schema = 'basic', change: object = {}) =>
  insertSignature(fleet, { ...placeOf(schema), orgIds: [org], ...change });
const idsOf = async (field: string, args = ''): Promise<number[]> => {
  const { data, errors } = await gateway.post(`{ ${field}(orgName: "green"${args}) { actionId } }`, {}, token);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return (data as unknown as Record<string, { actionId: number }[]>)[field]?.map(({ actionId }) => actionId) ?? [];
};

describe('exported actions', () => {
  const none = [
    'campaignName',
    'campaignId',
    'start',
    'after',
    'limit',
    'onlyOptIn',
    'onlyDoubleOptIn',
    'includeTesting',
  ];
  const types = 'String Int Int DateTime Int Boolean Boolean Boolean'.split(' ');

  it.each([
    ['actions', none, types],
    ['exportActions', none, types],
    ['contacts', [...none, 'email'], [...types, 'String']],
  ])('Fix: null arguments of %s count as absent, as values and as variables', async (field, names, typesOf) => {
    const usual = [await sign(), await sign('eci')].map(({ actionId }) => actionId);
    await sign('basic', { contact: { communication_consent: false } });
    await sign('basic', { action: { testing: true } });
    expect(await idsOf(field)).toEqual(usual);
    expect(await idsOf(field, names.map((name) => `, ${name}: null`).join(''))).toEqual(usual);
    expect(await idsOf(field, `, campaignName: null, campaignId: ${placeOf('eci').campaignId}`)).toEqual(
      usual.slice(1),
    );
    const document = `query (${names.map((name, index) => `$${name}: ${typesOf[index] ?? ''}`).join(', ')}) {
      ${field}(orgName: "green", ${names.map((name) => `${name}: $${name}`).join(', ')}) { actionId } }`;
    const answer = await gateway.post(document, Object.fromEntries(names.map((name) => [name, null])), token);
    expect(answer).toEqual({ data: { [field]: usual.map((actionId) => ({ actionId })) } });
  });

  const person = { firstName: 'Alicia', lastName: 'Witch', email: 'alicia@example.org' };
  const contacts: Record<Schema, object> = {
    basic: { ...person, email: ' ALICIA@Example.org' },
    popular_initiative: { ...person, address: { postcode: '3000' } },
    eci: { ...person, nationality: { country: 'AT', documentType: 'passport', documentNumber: 'R1234567' } },
  };

  it('Fix: a look-up by email hashes it in lower case, and finds what was signed by the basic schema only', async () => {
    const signed = new Map<Schema, number>();
    for (const schema of schemas) {
      const { data } = await gateway.post(addActionContact, {
        page: placeOf(schema).pageId,
        action: { actionType: 'petition' },
        contact: contacts[schema],
        privacy: { optIn: true },
      });
      const ref = decodeRef(data?.['addActionContact']?.contactRef ?? '');
      if (!ref) throw new Error(`${schema} refused`);
      signed.set(schema, (await sign(schema, { ref })).actionId);
    }
    expect(await idsOf('contacts')).toEqual([...signed.values()]);
    expect(await idsOf('contacts', ', email: "Alicia@EXAMPLE.org"')).toEqual([signed.get('basic')]);
  });
});

describe('who signed', () => {
  afterEach(() => fleet.proxies.database.thaw());

  it.each([
    ['addAction', addAction, { action: { actionType: 'share' } }],
    ['linkActions', linkActions, { linkRefs: ['AAAA'] }],
  ])(
    'Fix: is not told by %s, which answers alike for a stored and an unknown person, and asks no database',
    async (field, document, given) => {
      const stored = await sign('basic', { supporter: { first_name: 'Harald' } });
      fleet.proxies.database.freeze();
      for (const ref of [stored.ref, randomBytes(32)]) {
        const contactRef = ref.toString('base64url');
        const answer = await gateway.post(document, { page: placeOf('basic').pageId, contactRef, ...given });
        expect(answer).toEqual({ data: { [field]: { contactRef, firstName: null } } });
        expect((await fleet.takeIngested()).map(({ message }) => message)).toMatchObject([{ ref: contactRef }]);
      }
    },
  );
});
