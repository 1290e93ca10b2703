import { randomUUID } from 'node:crypto';
import { AcceptFixture, addAction, addActionContact, haraldRef, linkActions, signature } from './accept.fixture';

let fixture: AcceptFixture;
let page: number;
let mttPage: number;
let target: string;
let foreignTarget: string;

beforeAll(async () => {
  fixture = await AcceptFixture.start();
  const org = await fixture.insertOrg('greenorg');
  const campaign = await fixture.insertCampaign('bees', org);
  page = await fixture.insertPage('act.org/bees', org, campaign);
  const mttCampaign = await fixture.insertCampaign('mail', org);
  mttPage = await fixture.insertPage('act.org/mail', org, mttCampaign);
  await fixture.insert('mtt', { campaign_id: mttCampaign, start_at: '2026-01-01T00:00Z', end_at: '2027-01-01T00:00Z' });
  const insertTarget = async (campaignId: number) => {
    const id = randomUUID();
    await fixture.insert('targets', { id, external_id: id, name: 'Minister', campaign_id: campaignId });
    return id;
  };
  target = await insertTarget(mttCampaign);
  foreignTarget = await insertTarget(campaign);
  await fixture.catalogueIsCurrent();
});

afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.takeIngested();
});

const act = (changes: object = {}, headers: Record<string, string> = {}) =>
  fixture.post(addAction, { page, action: { actionType: 'share' }, contactRef: haraldRef, ...changes }, headers);
const problemsOf = ({ errors }: { errors?: { message: string; path?: (string | number)[] }[] }) =>
  errors?.map(({ message, path }) => [message, path]);

async function expectNothingStored(): Promise<void> {
  expect(await fixture.takeIngested()).toEqual([]);
  expect(await fixture.spooled()).toEqual([]);
}

describe('addAction', () => {
  it.each([[haraldRef], ['fresh-reference_of-a-share'], ['AAAA'], ['AAA=']])(
    'Fix: answers %s alike, without a name',
    async (contactRef) => {
      const ref = contactRef.replace('=', '');
      const answer = await act({ contactRef });
      expect(answer).toEqual({ data: { addAction: { contactRef: ref, firstName: null } } });
      const [taken] = await fixture.takeIngested();
      expect(taken?.message).toMatchObject({ kind: 'action', ref, source: null, action: { actionType: 'share' } });
    },
  );

  it('refuses a reference that cannot be decoded', async () => {
    const answer = await act({ contactRef: 'not a reference' });
    expect(answer.data).toBeNull();
    expect(problemsOf(answer)).toEqual([['contact_ref: Cannot decode from Base64url', ['addAction']]]);
    await expectNothingStored();
  });

  it('tells an unknown page before anything else', async () => {
    const answer = await act({ page: 99_999, contactRef: '!' });
    expect(problemsOf(answer)).toEqual([['action_page_id: Cannot find Action Page with id=99999', ['addAction']]]);
  });

  const fieldsText = 'must be a map of string to values of strings or numbers, or lists of them';
  it.each<[string, () => object, [string, string[]][]]>([
    ['an action type', () => ({ actionType: 'a b' }), [['has invalid format', ['actionType']]]],
    ['nested fields', () => ({ actionType: 'a', customFields: '{"a":{"b":1}}' }), [[fieldsText, ['fields']]]],
    ['a null field', () => ({ actionType: 'a', customFields: '{"a":null}' }), [[fieldsText, ['fields']]]],
    ['a mixed list', () => ({ actionType: 'a', customFields: '{"a":[1,"b"]}' }), [[fieldsText, ['fields']]]],
    [
      'large fields',
      () => ({ actionType: 'a', customFields: JSON.stringify({ a: 'x'.repeat(5_200) }) }),
      [['is invalid', ['fields']]],
    ],
    [
      'a donation without amount',
      () => ({ actionType: 'donate', donation: { payload: '{}' } }),
      [["can't be blank", ['donation', 'amount']]],
    ],
    [
      'a donation of nothing',
      () => ({ actionType: 'donate', donation: { amount: 0, payload: '{}' } }),
      [['must be positive', ['donation', 'amount']]],
    ],
    [
      'an unknown currency',
      () => ({ actionType: 'donate', donation: { amount: 1, currency: 'ABC', payload: '{}' } }),
      [['does not exist', ['donation', 'currency']]],
    ],
    [
      'a Stripe payload without amount',
      () => ({ actionType: 'donate', donation: { schema: 'STRIPE_PAYMENT_INTENT', payload: '{}' } }),
      [['is invalid', ['donation', 'payload']]],
    ],
    [
      'mtt where there is none',
      () => ({ actionType: 'mail2target', mtt: { targets: [target] } }),
      [['Campaign does not support MTT', ['mtt']]],
    ],
  ])('refuses %s', async (_what, action, problems) => {
    const answer = await act({ action: action() });
    expect(problemsOf(answer)).toEqual(problems.map(([message, path]) => [message, ['addAction', ...path]]));
    await expectNothingStored();
  });

  it.each<[string, () => object, [string, string[]][] | null]>([
    ['a good mail', () => ({ subject: 'Dear\nyou', body: '{{target.name}}', targets: [target] }), null],
    ['no UUID', () => ({ targets: ['x'] }), [['is invalid', ['mtt', 'targets']]]],
    [
      'an unknown target',
      () => ({ targets: [randomUUID()] }),
      [['target to messages association violated', ['mtt', 'targets']]],
    ],
    [
      'Fix: a target of another campaign',
      () => ({ targets: [target, foreignTarget] }),
      [['target to messages association violated', ['mtt', 'targets']]],
    ],
    ['bad mustache', () => ({ body: '{{#a}}', targets: [] }), [['has invalid format', ['mtt', 'body']]]],
    ['a bad file', () => ({ files: ['ä.png'], targets: [] }), [['has invalid format', ['mtt', 'files']]]],
    [
      'long texts',
      () => ({ subject: 's'.repeat(1_281), body: 'b'.repeat(10_241), targets: [] }),
      [
        ['should be at most 1280 character(s)', ['mtt', 'subject']],
        ['should be at most 10240 character(s)', ['mtt', 'body']],
      ],
    ],
  ])('with mtt: %s', async (_what, mtt, problems) => {
    const answer = await act({ page: mttPage, action: { actionType: 'mail2target', mtt: mtt() } });
    if (problems) {
      expect(problemsOf(answer)).toEqual(problems.map(([message, path]) => [message, ['addAction', ...path]]));
      await expectNothingStored();
    } else {
      expect(answer.errors).toBeUndefined();
      const [taken] = await fixture.takeIngested();
      expect(taken?.message).toMatchObject({ action: { mtt: { subject: 'Dear you', targetIds: [target] } } });
    }
  });

  it.each([
    ['DAY', 16],
    ['YEARLY', 32],
    ['MONTHLY', 2],
    [undefined, 0],
  ])('stores frequency %s', async (unit, code) => {
    const donation = {
      amount: 500,
      currency: 'pln'.toUpperCase(),
      frequencyUnit: unit,
      payload: '{"provider":"sepa"}',
    };
    expect((await act({ action: { actionType: 'donate', donation } })).errors).toBeUndefined();
    const [taken] = await fixture.takeIngested();
    expect(taken?.message).toMatchObject({
      action: {
        donation: { schema: null, amount: 500, currency: 'PLN', frequencyUnit: code, payload: { provider: 'sepa' } },
      },
    });
  });

  it('is too large over 128 KB, at its largest attribute', async () => {
    const payload = JSON.stringify({ note: 'ż'.repeat(60_000), more: 'x'.repeat(20_000) });
    const answer = await act({ action: { actionType: 'donate', donation: { amount: 1, payload } } });
    expect(problemsOf(answer)).toEqual([['is too large', ['addAction', 'donation', 'payload']]]);
    await expectNothingStored();
  });
});

describe('linkActions', () => {
  const link = (changes: object = {}) =>
    fixture.post(linkActions, { page, contactRef: haraldRef, linkRefs: ['AAAA'], ...changes });

  it.each([
    [
      ['AAAA', 'opaque'],
      ['AAAA', 'opaque'],
    ],
    [null, []],
    [undefined, []],
  ])('Fix: takes linkRefs %j; null is an empty list', async (linkRefs, expected) => {
    expect(await link({ linkRefs })).toEqual({ data: { linkActions: { contactRef: haraldRef, firstName: null } } });
    const [taken] = await fixture.takeIngested();
    expect(taken?.message).toMatchObject({ kind: 'link', ref: haraldRef, linkRefs: expected });
  });

  it('refuses an unknown page and a reference that cannot be decoded', async () => {
    expect(problemsOf(await link({ page: 99_999 }))).toEqual([['ActionPage or contact not found', ['linkActions']]]);
    expect(problemsOf(await link({ contactRef: '?' }))).toEqual([
      ['contact_ref: Cannot decode from Base64url', ['linkActions']],
    ]);
    await expectNothingStored();
  });
});

describe('Idempotency-Key', () => {
  const header = (key: string) => ({ 'idempotency-key': key });
  const idsOf = async () => (await fixture.takeIngested()).map(({ messageId }) => messageId);

  it('makes a retry the same submission, and other pages, people and keys others', async () => {
    const key = header(randomUUID());
    await fixture.sign(page, {}, key);
    await fixture.sign(page, {}, key);
    const [first, second, ...rest] = await idsOf();
    expect(rest).toEqual([]);
    expect(second).toBe(first);
    await fixture.sign(mttPage, {}, key);
    await fixture.sign(page, {}, header(randomUUID()));
    await fixture.sign(page, { contact: { ...signature(page).contact, email: 'other@example.org' } }, key);
    await fixture.sign(page);
    expect(new Set([first, ...(await idsOf())]).size).toBe(5);
  });

  it('tells fields and elements of a batch apart', async () => {
    const key = header(randomUUID());
    const variables = { page, action: { actionType: 'share' }, contactRef: haraldRef };
    const twice = `mutation($page: Int!, $action: ActionInput!, $contactRef: ID!) {
      one: addAction(actionPageId: $page, action: $action, contactRef: $contactRef) { contactRef }
      two: addAction(actionPageId: $page, action: $action, contactRef: $contactRef) { contactRef }
    }`;
    await fixture.post(twice, variables, key);
    await fixture.postRaw(
      [
        { query: addAction, variables },
        { query: addAction, variables },
      ] as never,
      key,
    );
    expect(new Set(await idsOf()).size).toBe(4);
  });

  it('refuses the same key with other input, unless that input was refused before', async () => {
    const key = header(randomUUID());
    const refused = await act({ action: { actionType: 'a b' } }, key);
    expect(refused.errors).toHaveLength(1);
    expect((await act({}, key)).errors).toBeUndefined();
    const answer = await act({ action: { actionType: 'share', testing: true } }, key);
    expect(answer.errors?.[0]).toMatchObject({
      message: 'Idempotency key was used with different input',
      path: ['addAction'],
      extensions: { code: 'idempotency_mismatch' },
    });
    expect((await act({}, key)).errors).toBeUndefined();
    expect(new Set(await idsOf()).size).toBe(1);
  });

  it('is bad_arg when too long', async () => {
    const answer = await act({}, header('k'.repeat(256)));
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('bad_arg');
    expect((await act({}, header('k'.repeat(255)))).errors).toBeUndefined();
    expect(await idsOf()).toHaveLength(1);
  });
});

it('counts what is accepted and what is refused, by reason', async () => {
  await fixture.post(addActionContact, { ...signature(page), contact: {} });
  await act({ contactRef: '?' });
  await act({ page: 99_999 });
  await act();
  const text = await fixture.metrics.text();
  for (const reason of ['invalid_contact', 'invalid_action', 'undecodable_ref', 'unknown_page', 'too_large']) {
    expect(text).toContain(`groundswell_gateway_refused_total{reason="${reason}",service="api-gateway"}`);
  }
  expect(text).toMatch(/groundswell_gateway_accepted_total\{path="broker",service="api-gateway"\} \d+/);
  expect(text).toMatch(/groundswell_gateway_publish_seconds_count\{.*outcome="confirmed".*\} \d+/);
});
