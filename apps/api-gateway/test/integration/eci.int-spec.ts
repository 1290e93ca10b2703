import { getIntrospectionQuery } from 'graphql';
import { FakeCaptcha } from '../servers/fake-captcha';
import { addActionContact, signature } from './accept.fixture';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

let fleet: GatewayFleet;
let procaptcha: FakeCaptcha;
let eci: RunningGateway;
let pageId: number;
let token: string;

beforeAll(async () => {
  [fleet, procaptcha] = await Promise.all([GatewayFleet.create(), FakeCaptcha.procaptcha()]);
  const page = await fleet.insertPage();
  pageId = page.pageId;
  token = await fleet.addOwner(page.orgId);
  eci = await fleet.start({ ENABLE_ECI: 'true', PROCAPTCHA_URL: procaptcha.url });
  await eci.isReady();
});
afterAll(async () => {
  await fleet.close();
  await procaptcha.close();
});

const ask = (body: object, path = '/api', headers: Record<string, string> = {}) =>
  eci.http.post(path).set(headers).send(body);
const unauthorized = { errors: [{ message: 'Unauthorized' }] };
const page = 'query ($id: Int!) { actionPage(id: $id) { __typename id name config org { name } campaign { name } } }';

describe('/api', () => {
  it('answers a page by its public view, whoever asks', async () => {
    const callers: Record<string, string>[] = [
      {},
      { authorization: `Bearer ${token}` },
      { authorization: 'Bearer API-unknown' },
    ];
    for (const headers of callers) {
      const { status, body } = await ask({ query: page, variables: { id: pageId } }, '/api', headers);
      const actionPage = expect.objectContaining({ __typename: 'PublicActionPage', id: pageId, config: '{}' });
      expect([status, body]).toEqual([200, { data: { actionPage } }]);
    }
  });

  it('has a page that is never null, with nothing of its private view', async () => {
    const { body } = await ask({ query: '{ actionPage(name: "nobody") { id } }' });
    expect([body.data, body.errors[0].extensions]).toEqual([null, { code: 'not_found' }]);
    const query = `{ actionPage(id: ${pageId}) { ... on PrivateActionPage { delivery } } }`;
    expect((await ask({ query })).body.errors[0].message).toContain('Unknown type "PrivateActionPage"');
  });

  it.each([
    ['{ campaigns(title: "%") { id } }', 'Cannot query field "campaigns"'],
    ['{ currentUser { id } }', 'Cannot query field "currentUser"'],
    [
      'mutation { addAction(actionPageId: 1, action: {actionType: "x"}, contactRef: "AAAA") { contactRef } }',
      'addAction',
    ],
    ['mutation { resetApiToken }', 'Cannot query field "resetApiToken"'],
    ['subscription { actionPageUpserted { id } }', ''],
  ])('does not serve %s', async (query, message) => {
    const { status, body } = await ask({ query }, '/api', { authorization: `Bearer ${token}` });
    expect([status, body.data]).toEqual([200, undefined]);
    expect(body.errors[0].message).toContain(message);
  });

  it('takes no signature without a captcha, and one with it', async () => {
    const variables = signature(pageId);
    const without = await ask({ query: addActionContact, variables });
    expect(without.body.errors).toEqual([
      expect.objectContaining({
        message: 'Captcha code is required for this API call',
        extensions: { code: 'unauthorized' },
      }),
    ]);
    expect(await fleet.takeIngested()).toEqual([]);
    procaptcha.next.push({ status: 200, body: { success: false, reason: 'invalid' } });
    const extensions = { captcha: 'word:1:mac:image', captcha_service: 'procaptcha' };
    const wrong = await ask({ query: addActionContact, variables, extensions });
    expect(wrong.body.errors[0].extensions).toEqual({ code: 'bad_captcha' });
    const right = await ask({ query: addActionContact, variables, extensions });
    expect(right.body.data.addActionContact.firstName).toBe('Harald');
    expect(await fleet.takeIngested()).toHaveLength(1);
  });

  it('takes what the widget sends: snake_case in the contact, no operation name', async () => {
    const { contact, ...rest } = signature(pageId);
    const { firstName, lastName, ...others } = contact;
    const variables = { ...rest, contact: { ...others, first_name: firstName, last_name: lastName } };
    const extensions = { captcha: 'word:1:mac:audio', captcha_service: 'procaptcha' };
    const { body } = await ask({ query: addActionContact, variables, extensions, operationName: '' }, '/api?id=1');
    expect(body.errors).toBeUndefined();
    await fleet.takeIngested();
  });

  it('refuses a mutation over GET', async () => {
    const { status } = await eci.http.get('/api').query({ query: addActionContact, variables: '{}' });
    expect(status).toBe(405);
  });
});

describe('introspection of /api', () => {
  it.each([
    ['__schema', '{ __schema { types { name } } }'],
    ['Fix: __type', '{ __type(name: "RootQueryType") { name } }'],
    ['under another name', '{ actionPage(id: 1) { id } innocent: __schema { types { name } } }'],
    ['in a fragment', '{ ...F } fragment F on RootQueryType { __type(name: "Json") { name } }'],
    ['in an inline fragment', '{ ... on RootQueryType { ... { __schema { types { name } } } } }'],
    [
      'in the operation that is not asked for',
      'query A { actionPage(id: 1) { id } } query B { __schema { types { name } } }',
    ],
    ['by the usual query', getIntrospectionQuery()],
  ])('is refused: %s', async (_, query) => {
    const { status, body } = await ask({ query, operationName: query.startsWith('query A') ? 'A' : null });
    expect([status, body]).toEqual([200, unauthorized]);
    const byUrl = await eci.http.get('/api').query({ query });
    expect([byUrl.status, byUrl.body]).toEqual([200, unauthorized]);
  });

  it('leaves names of types', async () => {
    const { body } = await ask({ query: `{ __typename actionPage(id: ${pageId}) { __typename } }` });
    expect(body.data).toEqual({ __typename: 'RootQueryType', actionPage: { __typename: 'PublicActionPage' } });
  });
});

describe('/private/api', () => {
  it('serves the whole schema with credentials', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const { body } = await ask(
      { query: '{ currentUser { email } __schema { types { name } } }' },
      '/private/api',
      headers,
    );
    expect(body.errors).toBeUndefined();
    const names = body.data.__schema.types.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['PrivateActionPage', 'PrivateOrg']));
    const refused = await ask({ query: '{ __typename }' }, '/private/api', { authorization: 'Bearer API-unknown' });
    expect(refused.status).toBe(401);
  });

  it('asks for a captcha, too', async () => {
    const { body } = await ask({ query: addActionContact, variables: signature(pageId) }, '/private/api');
    expect(body.errors[0].extensions).toEqual({ code: 'unauthorized' });
  });

  it('is not there without ENABLE_ECI', async () => {
    const normal = await fleet.start();
    expect((await normal.http.post('/private/api').send({ query: '{ __typename }' })).status).toBe(404);
    const open = await normal.http.post('/api').send({ query: '{ __type(name: "Json") { name } }' });
    expect(open.body).toEqual({ data: { __type: { name: 'Json' } } });
    await fleet.stop(normal);
  });
});
