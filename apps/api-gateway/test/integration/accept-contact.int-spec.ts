import type { ContactSubmissionV1 } from '@groundswell/contracts';
import { AcceptFixture, addActionContact, haraldRef, signature } from './accept.fixture';

let fixture: AcceptFixture;
let lead: number;
let partner: number;
const pages: Record<string, number> = {};

beforeAll(async () => {
  fixture = await AcceptFixture.start();
  lead = await fixture.insertOrg('leadorg');
  partner = await fixture.insertOrg('partner');
  const secure = await fixture.insertOrg('secureorg', { high_security: true });
  const schemas = ['basic', 'popular_initiative', 'eci', 'it_ci'];
  for (const [code, schema] of schemas.entries()) {
    const campaign = await fixture.insertCampaign(schema, lead, { contact_schema: code });
    pages[schema] = await fixture.insertPage(`act.org/${schema}`, lead, campaign);
  }
  const campaign = await fixture.insertCampaign('split', lead);
  pages['split'] = await fixture.insertPage('act.org/split', partner, campaign);
  pages['kept'] = await fixture.insertPage('act.org/kept', partner, campaign, { delivery: false });
  const forced = await fixture.insertCampaign('forced', lead, { force_delivery: true });
  pages['forced'] = await fixture.insertPage('act.org/forced', partner, forced);
  pages['secure'] = await fixture.insertPage('act.org/secure', secure, campaign);
  const gone = await fixture.insertCampaign('gone', lead, { deleted_at: new Date() });
  pages['deletedCampaign'] = await fixture.insertPage('act.org/gone', lead, gone);
  pages['deleted'] = await fixture.insertPage('act.org/deleted', lead, campaign, { deleted_at: new Date() });
  await fixture.catalogueIsCurrent();
});

afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.takeIngested();
});

const pageOf = (name: string): number => pages[name] ?? 0;
const at = (...path: (string | number)[]) => ['addActionContact', ...path];
const blank = "can't be blank";
const format = 'has invalid format';

const swiss = { firstName: 'Georg', email: 'katze@hund', address: { postcode: '3000' } };
const austrian = {
  firstName: 'Alicia',
  lastName: 'Witch',
  nationality: { country: 'AT', documentType: 'passport', documentNumber: 'R1234567' },
};
const french = {
  firstName: 'Alicia',
  lastName: 'Witch',
  birthDate: '1990-01-02',
  nationality: { country: 'FR' },
  address: { country: 'FR', locality: 'Paris', postcode: '75001', street: 'Rue' },
};
const italian = {
  firstName: 'Alicia',
  lastName: 'Witch',
  birthDate: '1990-01-02',
  nationality: { country: 'IT', documentType: 'passport', documentNumber: 'AA5275702' },
  address: { country: 'IT', locality: 'Roma', postcode: '00100', street: 'Via' },
};

describe('a contact that breaks a rule', () => {
  type Expected = [string, (string | number)[]][];
  it.each<[string, object, Expected]>([
    [
      'basic',
      {},
      [
        [blank, ['name']],
        [blank, ['firstName']],
        [blank, ['email']],
      ],
    ],
    ['basic', { firstName: '<SCRIPT>', email: 'a@b' }, [[format, ['firstName']]]],
    ['basic', { firstName: 'x'.repeat(6000), email: 'a@b' }, [['should be at most 64 character(s)', ['firstName']]]],
    ['basic', { name: 'y'.repeat(129), email: 'a@b' }, [['should be at most 128 character(s)', ['name']]]],
    ['basic', { firstName: 'A', lastName: 'B3', email: 'a@b' }, [[format, ['lastName']]]],
    [
      'basic',
      { firstName: 'A', lastName: 'z'.repeat(65), email: 'a@b' },
      [['should be at most 64 character(s)', ['lastName']]],
    ],
    ['basic', { firstName: 'A', email: 'no at sign' }, [[format, ['email']]]],
    ['basic', { firstName: 'A', email: `${'e'.repeat(63)}@b` }, [['should be at most 64 character(s)', ['email']]]],
    ['basic', { firstName: 'A', email: 'a@b', phone: 'call me' }, [[format, ['phone']]]],
    [
      'basic',
      { firstName: 'A', email: 'a@b', phone: '1'.repeat(21) },
      [['should be at most 20 character(s)', ['phone']]],
    ],
    ['basic', { firstName: 'A', email: 'a@b', address: { country: 'POL' } }, [[format, ['address', 'country']]]],
    ['basic', { firstName: 'A', email: 'a@b', address: { postcode: '02_123' } }, [[format, ['address', 'postcode']]]],
    ['basic', { firstName: 'A', email: 'a@b', address: { locality: 'A<b>' } }, [[format, ['address', 'locality']]]],
    [
      'basic',
      { firstName: 'A', email: 'a@b', address: { region: 'r'.repeat(65) } },
      [['should be at most 64 character(s)', ['address', 'region']]],
    ],
    [
      'basic',
      { firstName: 'A', email: 'a@b', address: { street: 's'.repeat(129) } },
      [['should be at most 128 character(s)', ['address', 'street']]],
    ],
    [
      'basic',
      { firstName: 'A', email: 'a@b', address: { streetNumber: '1234567' } },
      [['should be at most 6 character(s)', ['address', 'streetNumber']]],
    ],
    ['basic', { firstName: 'A', email: 'a@b', nationality: { country: '' } }, [[blank, ['nationality', 'country']]]],
    [
      'basic',
      { firstName: 'A', email: 'a@b', nationality: { country: 'PL', documentType: 'ID Card' } },
      [[format, ['nationality', 'documentType']]],
    ],
    [
      'basic',
      { firstName: 'A', email: 'a@b', nationality: { country: 'PL', documentNumber: 'ż' } },
      [[format, ['nationality', 'documentNumber']]],
    ],
    [
      'popular_initiative',
      {},
      [
        [blank, ['firstName']],
        [blank, ['email']],
        [blank, ['address']],
      ],
    ],
    ['popular_initiative', { ...swiss, address: {} }, [[blank, ['address', 'postcode']]]],
    ['popular_initiative', { ...swiss, address: { postcode: '30001' } }, [[format, ['address', 'postcode']]]],
    ['eci', {}, [[blank, ['nationality']]]],
    ['eci', { ...austrian, nationality: { country: 'US' } }, [['is invalid', ['nationality', 'country']]]],
    [
      'eci',
      { ...austrian, nationality: { country: 'AT' } },
      [
        [blank, ['nationality', 'documentType']],
        [blank, ['nationality', 'documentNumber']],
      ],
    ],
    [
      'eci',
      { ...austrian, nationality: { ...austrian.nationality, documentType: 'library.card' } },
      [['is invalid', ['nationality', 'documentType']]],
    ],
    [
      'eci',
      { ...austrian, nationality: { ...austrian.nationality, documentNumber: '12' } },
      [[format, ['nationality', 'documentNumber']]],
    ],
    [
      'eci',
      { ...austrian, firstName: null, lastName: '' },
      [
        [blank, ['firstName']],
        [blank, ['lastName']],
      ],
    ],
    ['eci', { ...french, address: undefined }, [[blank, ['address']]]],
    [
      'eci',
      { ...french, address: { country: 'FR' } },
      [
        [blank, ['address', 'locality']],
        [blank, ['address', 'postcode']],
        [blank, ['address', 'street']],
      ],
    ],
    ['eci', { ...french, address: { ...french.address, postcode: '7500' } }, [[format, ['address', 'postcode']]]],
    ['eci', { ...french, birthDate: null }, [[blank, ['birthDate']]]],
    ['eci', { ...french, birthDate: '2020-01-01' }, [['Age below limit', ['birthDate']]]],
    [
      'it_ci',
      {},
      [
        [blank, ['nationality']],
        [blank, ['address']],
        [blank, ['firstName']],
        [blank, ['lastName']],
        [blank, ['birthDate']],
      ],
    ],
    [
      'it_ci',
      { ...italian, nationality: { ...italian.nationality, country: 'FR' } },
      [['is invalid', ['nationality', 'country']]],
    ],
    [
      'it_ci',
      { ...italian, nationality: { ...italian.nationality, documentNumber: '1' } },
      [[format, ['nationality', 'documentNumber']]],
    ],
    ['it_ci', { ...italian, birthDate: '2020-01-01' }, [['Age below limit', ['birthDate']]]],
  ])('%s %j', async (schema, contact, expected) => {
    const answer = await fixture.sign(pageOf(schema), { contact });
    expect(answer.data).toBeNull();
    expect(answer.errors?.map(({ message, path }) => [message, path])).toEqual(
      expect.arrayContaining(expected.map(([message, path]) => [message, at(...path)])),
    );
    expect(answer.errors).toHaveLength(expected.length);
    expect(await fixture.takeIngested()).toEqual([]);
    expect(await fixture.spooled()).toEqual([]);
  });

  it('gets an argument error for a birth date that is no date', async () => {
    const answer = await fixture.sign(pageOf('basic'), { contact: { ...signature(0).contact, birthDate: '' } });
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors).toHaveLength(1);
  });
});

describe('a good contact', () => {
  it.each([
    ['basic', { firstName: 'Harald', email: 'harald@example.org', address: { country: '', postcode: '' } }, haraldRef],
    [
      'popular_initiative',
      {
        firstName: 'Georg',
        lastName: 'Berg',
        email: 'katze@hund',
        birthDate: '1983-01-01',
        address: { postcode: '3000' },
      },
      'JWvDcgXp1CE4MiMT-8AFlm1LHDT8s23buqnXKApWCnQ',
    ],
    ['eci', austrian, 'wMqPF4rroD5Pa1cVk_ZE-1-OXBgoblDE_M4YlLuPFhg'],
    ['it_ci', italian, 'QuRVJ_RI8IwCpUsAPa5eUj_lBSSUvNYTUSLkjXZCqBU'],
  ])('of schema %s is known by its fingerprint', async (schema, contact, contactRef) => {
    const answer = await fixture.sign(pageOf(schema), { contact, privacy: {} });
    expect(answer).toEqual({ data: { addActionContact: { contactRef, firstName: contact.firstName } } });
    const [taken, ...others] = await fixture.takeIngested();
    expect(others).toEqual([]);
    expect(taken?.message).toMatchObject({ kind: 'contact', ref: contactRef, pageId: pageOf(schema), orgId: lead });
    expect(taken?.messageId).toBe(taken?.message.id);
    expect(taken?.partition).toBe(Buffer.from(contactRef, 'base64url').readUInt32BE(0) % 16);
  });

  it('is taken with snake_case names, a referer, tracking and a carried reference', async () => {
    const answer = await fixture.post(
      addActionContact,
      {
        ...signature(pageOf('basic')),
        contact: { first_name: 'Harald', email: 'harald@example.org', address: { street_number: '5a' } },
        action: { actionType: 'petition', customFields: '{"comment":"yes"}', testing: true },
        tracking: { source: 'mail', location: 'https://act.org/basic?utm=1' },
        contactRef: 'opaque',
      },
      { referer: 'https://act.org/basic?x=1' },
    );
    expect(answer.errors).toBeUndefined();
    const [taken] = await fixture.takeIngested();
    expect(taken?.message).toMatchObject({
      carriedRef: 'opaque',
      source: { source: 'mail', medium: 'unknown', location: 'https://act.org/basic' },
      action: { fields: { comment: 'yes' }, testing: true },
    });
  });

  it('of a high security org leaves no name in answer or clear copies', async () => {
    const answer = await fixture.sign(pageOf('secure'));
    expect(answer.data).toEqual({ addActionContact: { contactRef: haraldRef, firstName: null } });
    const [taken] = await fixture.takeIngested();
    expect((taken?.message as ContactSubmissionV1).supporter).toEqual({
      firstName: null,
      lastName: null,
      email: null,
      address: null,
      area: 'PL',
    });
  });

  it('answers alike a second time', async () => {
    const answers = [await fixture.sign(pageOf('basic')), await fixture.sign(pageOf('basic'))];
    expect(answers[0]).toEqual(answers[1]);
    expect(await fixture.takeIngested()).toHaveLength(2);
  });
});

it.each([
  ['never was', () => 99_999],
  ['is deleted', () => pageOf('deleted')],
  ['has a deleted campaign', () => pageOf('deletedCampaign')],
])('a page that %s is unknown', async (_how, pageId) => {
  const answer = await fixture.sign(pageId());
  expect(answer.data).toBeNull();
  expect(answer.errors?.[0]).toMatchObject({
    message: `action_page_id: Cannot find Action Page with id=${pageId()}`,
    path: ['addActionContact'],
  });
  expect(answer.errors?.[0]?.extensions?.['code']).toBeUndefined();
  expect(await fixture.takeIngested()).toEqual([]);
});

it('a page made a moment ago is found', async () => {
  const campaign = await fixture.insertCampaign('fresh', lead);
  const page = await fixture.insertPage('act.org/fresh', lead, campaign);
  expect((await fixture.sign(page)).errors).toBeUndefined();
});

describe('who receives the contact', () => {
  const flags = [true, false, null];
  const consents = flags.flatMap((optIn) => flags.map((leadOptIn) => ({ optIn, leadOptIn })));
  const keyHolders = ['nobody', 'lead', 'partner', 'lead and partner'];

  afterEach(async () => {
    await fixture.sql.query('update catalog.public_keys set active = false where org_id = any($1)', [[lead, partner]]);
    await fixture.catalogueIsCurrent();
  });

  it.each(keyHolders)('every row of the consent table, keys: %s', async (holders) => {
    const keys = new Map(
      await Promise.all(
        ['lead', 'partner']
          .filter((holder) => holders.includes(holder))
          .map(async (holder) => {
            const orgId = holder === 'lead' ? lead : partner;
            return [orgId, await fixture.activateKey(orgId)] as const;
          }),
      ),
    );
    await fixture.catalogueIsCurrent();
    for (const consent of consents) {
      for (const page of ['basic', 'split', 'forced', 'kept']) {
        expect((await fixture.sign(pageOf(page), { privacy: consent })).errors).toBeUndefined();
        const [taken] = await fixture.takeIngested();
        const { contacts } = taken?.message as ContactSubmissionV1;
        expect(contacts.map((c) => [c.orgId, c.deliveryConsent, c.communicationConsent])).toEqual(
          expectedRecords(page, consent),
        );
        for (const record of contacts) {
          const key = keys.get(record.orgId);
          const payload = key ? fixture.open(record, key) : JSON.parse(record.payload);
          expect(payload).toEqual({
            area: 'PL',
            country: 'PL',
            email: 'harald@example.org',
            firstName: 'Harald',
            lastName: 'Bower',
            postcode: '02-123',
          });
          expect(record.encryptKeyId).toBe(key?.id ?? null);
          expect(record.signKeyId).toBe(key ? fixture.instanceKey().id : null);
        }
      }
    }
  });

  const expectedRecords = (
    page: string,
    { optIn, leadOptIn }: { optIn: boolean | null; leadOptIn: boolean | null },
  ) => {
    const rows: Record<string, unknown[]> = {
      basic: [[lead, true, optIn]],
      split: [[partner, true, optIn], ...(leadOptIn ? [[lead, false, true]] : [])],
      forced: [
        [partner, true, optIn],
        [lead, true, leadOptIn],
      ],
      kept: [...(optIn ? [[partner, false, true]] : []), [lead, true, leadOptIn]],
    };
    return rows[page];
  };

  it('a new key is used as soon as the catalogue has it, and an unusable one fails the request', async () => {
    await fixture.activateKey(lead);
    const second = await fixture.activateKey(lead);
    await fixture.catalogueIsCurrent();
    await fixture.sign(pageOf('basic'));
    const [taken] = await fixture.takeIngested();
    expect((taken?.message as ContactSubmissionV1).contacts[0]?.encryptKeyId).toBe(second.id);
    await fixture.sql.query('update catalog.public_keys set public = $2 where id = $1', [second.id, Buffer.alloc(32)]);
    await fixture.catalogueIsCurrent();
    const answer = await fixture.sign(pageOf('basic'));
    expect(answer.errors?.[0]?.message).toBe('Contact data cannot be encrypted');
    expect(await fixture.takeIngested()).toEqual([]);
    expect(await fixture.spooled()).toEqual([]);
  });

  it('without a key of the instance org payloads stay plain', async () => {
    await fixture.activateKey(lead);
    const { id } = fixture.instanceKey();
    await fixture.sql.query('update catalog.public_keys set active = false where id = $1', [id]);
    await fixture.catalogueIsCurrent();
    await fixture.sign(pageOf('basic'));
    const [taken] = await fixture.takeIngested();
    expect((taken?.message as ContactSubmissionV1).contacts[0]).toMatchObject({ nonce: null, encryptKeyId: null });
    await fixture.sql.query('update catalog.public_keys set active = true where id = $1', [id]);
    await fixture.catalogueIsCurrent();
  });
});
