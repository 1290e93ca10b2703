import { aCampaign, actMutation, anOrg, aPage, aSignature, signMutation, type TestPage } from '../src/campaign-world';
import { TestFleet } from '../src/test-fleet';

describe('bad input', () => {
  let fleet: TestFleet;
  let page: TestPage;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    const org = await anOrg(fleet);
    page = await aPage(org, await aCampaign(org));
  });
  afterAll(() => fleet.stop());

  const signature = (contact: Record<string, unknown>, action: Record<string, unknown> = {}) =>
    aSignature(page, {
      contact: { firstName: 'Harald', email: 'harald@example.org', ...contact },
      action: { actionType: 'register', ...action },
    });

  const cases: [
    name: string,
    query: string,
    variables: () => Record<string, unknown>,
    path: (string | number)[],
    message: string | RegExp,
  ][] = [
    [
      'a name that is none',
      signMutation,
      () => signature({ firstName: '<SCRIPT>' }),
      ['addActionContact', 'firstName'],
      'has invalid format',
    ],
    [
      'a name too long',
      signMutation,
      () => signature({ firstName: 'a'.repeat(6_000) }),
      ['addActionContact', 'firstName'],
      'should be at most 64 character(s)',
    ],
    ['no email', signMutation, () => signature({ email: '' }), ['addActionContact', 'email'], "can't be blank"],
    [
      'an email that is none',
      signMutation,
      () => signature({ email: 'nobody' }),
      ['addActionContact', 'email'],
      'has invalid format',
    ],
    [
      'a postcode that is none',
      signMutation,
      () => signature({ address: { country: 'PL', postcode: '!!' } }),
      ['addActionContact', 'address', 'postcode'],
      'has invalid format',
    ],
    [
      'nested custom fields',
      signMutation,
      () => signature({}, { customFields: '{"a":{"b":1}}' }),
      ['addActionContact', 'fields'],
      /must be a map/,
    ],
    [
      'custom fields too large',
      signMutation,
      () => signature({}, { customFields: JSON.stringify({ a: 'x'.repeat(6_000) }) }),
      ['addActionContact', 'fields'],
      'is invalid',
    ],
    [
      'an action type that is none',
      signMutation,
      () => signature({}, { actionType: 'a b' }),
      ['addActionContact', 'actionType'],
      'has invalid format',
    ],
    [
      'mail to targets without any',
      signMutation,
      () => signature({}, { mtt: { subject: 's', body: 'b', targets: [] } }),
      ['addActionContact', 'mtt'],
      'Campaign does not support MTT',
    ],
    [
      'an unknown page',
      signMutation,
      () => aSignature({ id: 999_999 }),
      ['addActionContact'],
      'action_page_id: Cannot find Action Page with id=999999',
    ],
    [
      'a reference that is none',
      actMutation,
      () => ({ actionPage: page.id, action: { actionType: 'share' }, contactRef: 'not base64!' }),
      ['addAction'],
      'contact_ref: Cannot decode from Base64url',
    ],
  ];

  it.each(cases)('says what is wrong, and where, with %s', async (_, query, variables, path, message) => {
    const answer = await fleet.anonymous.ask(query, variables());
    expect(answer.status).toBe(200);
    expect(answer.errors[0]).toMatchObject({
      path,
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
  });

  it('answers malformed JSON and wrong types with an error', async () => {
    const post = (body: string) =>
      fetch(`${fleet.gatewayUrl}/api`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect((await post('{"query": ')).status).toBe(400);
    const wrongType = await fleet.anonymous.ask(signMutation, { ...aSignature(page), actionPage: 'one' });
    expect(wrongType.status).toBe(200);
    expect(wrongType.errors).not.toHaveLength(0);
    expect(wrongType.data).toBeUndefined();
  });

  it('leaves no row and no message behind', async () => {
    const { rows } = await fleet.sql.query(
      `select (select count(*)::int from actions.actions) as actions, (select count(*)::int from actions.supporters) as supporters,
              (select count(*)::int from actions.submissions) as submissions, (select count(*)::int from catalog.outbox where exchange = 'ingest') as spooled`,
    );
    expect(rows[0]).toEqual({ actions: 0, supporters: 0, submissions: 0, spooled: 0 });
  });
});
