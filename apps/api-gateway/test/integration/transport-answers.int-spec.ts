import { startTransport } from './transport.fixture';
import type { TransportApp } from './transport.fixture';

let transport: TransportApp;
beforeAll(async () => {
  transport = await startTransport();
});
afterAll(() => transport.close());
beforeEach(() => transport.logged.splice(0));

/** The call that compiles a query and the calls after it must not differ. */
const threeTimes = async (body: object): Promise<{ status: number; body: unknown }> => {
  const answers = [await transport.post(body), await transport.post(body), await transport.post(body)];
  const [first, ...others] = answers.map(({ status, body: answer }) => ({ status, body: answer as unknown }));
  for (const other of others) expect(other).toEqual(first);
  return first!;
};

describe('status and headers', () => {
  it.each([
    ['application/graphql-response+json, application/json'],
    ['text/html'],
    [
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    ],
    ['*/*'],
  ])('is always JSON, whatever Accept says: %s', async (accept) => {
    const answer = await transport.post({ query: '{ needs }' }, { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.text).toBe('{"data":{"needs":3}}');
  });

  it.each([
    ['syntax', '{ needs'],
    ['validation', '{ nothing }'],
    ['argument literal', '{ needs(id: "x") }'],
    ['unknown argument', '{ needs(idd: 1) }'],
    ['subscription', 'subscription { needs }'],
    ['two anonymous operations', '{ needs } { needs }'],
    ['no operation', 'fragment F on Echo { args }'],
  ])('answers a %s error with 200 and no data', async (_, query) => {
    const { status, body } = await threeTimes({ query });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('data');
    expect(body).not.toHaveProperty('extensions');
    expect(body).toHaveProperty('errors.0.message');
  });

  it('validates the whole document, also operations that are not run', async () => {
    const { body } = await threeTimes({ query: 'query A { needs } query B { nothing }', operationName: 'A' });
    expect(body).toHaveProperty('errors');
  });

  it('survives a document nested beyond any stack', async () => {
    const query = `{ thing { ${'... { '.repeat(100_000)} id ${'}'.repeat(100_000)} } }`;
    const answer = await transport.post({ query });
    expect([answer.status, answer.body.errors[0].message]).toEqual([200, 'Document is nested too deeply']);
  });
});

describe('variables', () => {
  it('words a wrong value the same at every call', async () => {
    const query = 'query ($id: Int!, $color: Color) { needs(id: $id) echo(color: $color) { args } }';
    const { status, body } = await threeTimes({ query, variables: { id: 'x', color: 'red' } });
    expect(status).toBe(200);
    expect(body).toEqual({
      errors: [
        {
          message: 'Variable "$id" got invalid value "x"; Int cannot represent non-integer value: "x"',
          locations: [{ line: 1, column: 8 }],
        },
        {
          message: expect.stringContaining('Variable "$color" got invalid value "red"; Value "red" does not exist'),
          locations: [{ line: 1, column: 19 }],
        },
      ],
    });
  });

  it('names a missing variable, an unknown input key, and Int beyond 32 bits', async () => {
    const missing = await threeTimes({ query: 'query ($id: Int!) { needs(id: $id) }' });
    expect(missing.body).toMatchObject({
      errors: [{ message: 'Variable "$id" of required type "Int!" was not provided.' }],
    });
    const unknown = await threeTimes({
      query: 'query ($input: PersonInput!) { inputs(input: $input) }',
      variables: { input: { firstName: 'Ada', shoeSize: 4 } },
    });
    expect(unknown.body).toMatchObject({ errors: [{ message: expect.stringContaining('"shoeSize" is not defined') }] });
    const big = await threeTimes({ query: 'query ($id: Int!) { needs(id: $id) }', variables: { id: 2 ** 31 } });
    expect(big.body).toMatchObject({ errors: [{ message: expect.stringContaining('non 32-bit signed integer') }] });
  });

  it('words null for a required argument with a default the same at every call', async () => {
    const { status, body } = await threeTimes({
      query: 'query ($id: Int) { needs(id: $id) }',
      variables: { id: null },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ errors: [{ path: ['needs'], message: expect.stringMatching(/^Argument "id"/) }] });
  });

  it('applies defaults and leaves absent ones absent', async () => {
    const query =
      'query ($count: Int = 5, $name: String, $ids: [ID!]) { echo(count: $count, streetName: $name, ids: $ids) { args } }';
    const { body } = await threeTimes({ query });
    expect(body).toEqual({ data: { echo: { args: '{"count":5}' } } });
    const nulls = await threeTimes({ query, variables: { name: null, count: null } });
    const { echo } = (nulls.body as { data: { echo: { args: string } } }).data;
    expect(JSON.parse(echo.args)).toEqual({ count: null, streetName: null });
  });
});

describe('errors of fields', () => {
  it('expands an InputError and merges equal entries', async () => {
    const { status, body } = await threeTimes({ query: 'mutation {\n  fails(how: "input") }' });
    const locations = [{ line: 2, column: 3 }];
    expect(status).toBe(200);
    expect(body).toEqual({
      data: null,
      errors: [
        { message: 'has invalid format', locations, path: ['fails', 'firstName'] },
        { message: "can't be blank", locations, path: ['fails', 'address', 'postcode'] },
        { message: 'is invalid', locations, path: ['fails', 'targets', 0, 'emails', 1, 'email'] },
      ],
    });
  });

  it('puts the code and its facts into extensions', async () => {
    const code = await threeTimes({ query: 'mutation { fails(how: "code") }' });
    expect(code.body).toMatchObject({
      data: null,
      errors: [{ message: 'Entity not found', path: ['fails'], extensions: { code: 'not_found' } }],
    });
    const extra = await threeTimes({ query: 'mutation { fails(how: "extra") }' });
    expect(extra.body).toMatchObject({
      errors: [{ extensions: { code: 'permission_denied', required: ['manage_campaigns'], org_id: 7 } }],
    });
    const text = await threeTimes({ query: 'mutation { fails(how: "text") }' });
    const locations = [{ line: 1, column: 12 }];
    const message = 'contact_ref: Cannot decode from Base64url';
    expect(text.body).toEqual({ data: null, errors: [{ message, locations, path: ['fails'] }] });
    expect(transport.logged).toEqual([]);
  });

  it('lets nulls bubble and keeps what worked', async () => {
    const query = 'mutation { one: remember(word: "a") { x } }';
    expect((await threeTimes({ query })).body).not.toHaveProperty('data');
    const partial = await threeTimes({ query: 'mutation M { nullableFails(how: "code") fails(how: "code") }' });
    expect(partial.body).toMatchObject({ data: null, errors: [{ path: ['nullableFails'] }, { path: ['fails'] }] });
    const kept = await threeTimes({ query: '{ needs thing(id: 1) { id } }' });
    expect(kept.body).toEqual({ data: { needs: 3, thing: { id: 1 } } });
    const answer = await transport.post({
      query: 'mutation { ok: sign(contact: {firstName: "a"}) nullableFails(how: "code") }',
    });
    expect(answer.body).toMatchObject({ data: { ok: expect.any(String), nullableFails: null } });
  });

  it('gives the response path through aliases and the place in the text as sent', async () => {
    const query =
      'query Q($f: Boolean) {\n  first: thing(id: 1, fail: $f) {\n    ...Name\n  }\n}\nfragment Name on Thing {\n  who: displayName\n}';
    const { body } = await threeTimes({ query, variables: { f: true } });
    expect(body).toEqual({
      data: null,
      errors: [
        {
          message: 'Org not found',
          locations: [{ line: 7, column: 3 }],
          path: ['first', 'who'],
          extensions: { code: 'not_found' },
        },
      ],
    });
  });

  it('runs the mutations of a document one after the other', async () => {
    const query = 'mutation { a: remember(word: "1") b: remember(word: "2") c: remember(word: "3") }';
    const { body } = await transport.post({ query });
    expect(body.data.c.slice(-3)).toEqual(['1', '2', '3']);
    expect(body.data.a).toHaveLength(body.data.c.length - 2);
  });
});

describe('resolvers', () => {
  it('get parent, arguments, context and info as they are', async () => {
    const query = 'mutation ($w: String) { mine: fieldKey(word: $w) fieldKey }';
    expect((await threeTimes({ query, variables: { w: 'x' } })).body).toEqual({
      data: { mine: 'mine x 36', fieldKey: 'fieldKey undefined 36' },
    });
  });

  it('are left out by directives', async () => {
    const query = 'query ($yes: Boolean!) { needs @include(if: $yes) other: needs @skip(if: $yes) whoami }';
    expect((await threeTimes({ query, variables: { yes: true } })).body).toEqual({ data: { needs: 3, whoami: null } });
    expect((await threeTimes({ query, variables: { yes: false } })).body).toEqual({ data: { other: 3, whoami: null } });
  });
});

describe('unavailable', () => {
  it('is 200 with code, hint and Retry-After', async () => {
    const answer = await transport.post({ query: 'mutation { fails(how: "away") }' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([200, '7']);
    expect(answer.body).toMatchObject({
      data: null,
      errors: [
        {
          message: 'Temporarily unavailable, please retry',
          extensions: { code: 'unavailable', retryAfterSeconds: 7 },
        },
      ],
    });
  });

  it('is what a database that is away looks like, without its name', async () => {
    const answer = await transport.post({ query: 'mutation { nullableFails(how: "database") }' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([200, '5']);
    expect(answer.text).toContain('"code":"unavailable"');
    expect(answer.text).not.toContain('10.0.0.1');
  });

  it('passes the hint of a batch on', async () => {
    const answer = await transport.post([{ query: 'mutation { fails(how: "away") }' }, { query: '{ needs }' }]);
    expect([answer.status, answer.headers['retry-after']]).toEqual([200, '7']);
  });
});

describe('unexpected faults', () => {
  it.each([
    ['{ broken }', 'broken'],
    ['{ brokenPromise }', 'brokenPromise'],
    ['mutation { nullableFails(how: "fault") }', 'nullableFails'],
    ['mutation { fails(how: "none") }', 'fails'],
  ])('masks %s: 500 in the shape of GraphQL, logged with the request id', async (query, field) => {
    for (const _ of [1, 2, 3]) {
      transport.logged.splice(0);
      const answer = await transport.post({ query }, { 'x-request-id': 'request-id-of-20-chars' });
      expect(answer.status).toBe(500);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.body.errors).toEqual([
        { message: 'Internal server error', locations: [expect.anything()], path: [field] },
      ]);
      expect(answer.text).not.toMatch(/hunter2|secret_table|internals|TypeError/);
      expect(transport.logged).toEqual([
        { fields: expect.objectContaining({ requestId: 'request-id-of-20-chars' }), text: 'request failed' },
      ]);
    }
  });

  it('counts an answer that breaks the schema as a fault', async () => {
    const { status, body } = await threeTimes({
      query: '{ thing(id: 2) { ... on PublicThing { id } } x: brokenPromise }',
    });
    expect(status).toBe(500);
    expect(body).toMatchObject({ data: null, errors: [{ message: 'Internal server error', path: ['x'] }] });
  });
});

describe('introspection', () => {
  it('is open, with the names of the contract', async () => {
    const { body } = await threeTimes({
      query:
        '{ __schema { queryType { name } mutationType { name } } __type(name: "Thing") { possibleTypes { name } } }',
    });
    expect(body).toEqual({
      data: {
        __schema: { queryType: { name: 'RootQueryType' }, mutationType: { name: 'RootMutationType' } },
        __type: { possibleTypes: [{ name: 'PublicThing' }, { name: 'PrivateThing' }] },
      },
    });
  });
});

describe('documents too long to be kept', () => {
  it('run the same', async () => {
    const long = '#'.padEnd(9_000, ' padding');
    const ok = await threeTimes({ query: `${long}\nquery ($id: Int!) { needs(id: $id) }`, variables: { id: 9 } });
    expect(ok.body).toEqual({ data: { needs: 9 } });
    const longName = (index: number): string => `field${index}`.padEnd(110, '_');
    const aliases = Array.from({ length: 90 }, (_, index) => `${longName(index)}: needs`).join(' ');
    const many = await threeTimes({ query: `{ ${aliases} }` });
    expect(Object.keys((many.body as { data: object }).data)).toHaveLength(90);
    const failing = await threeTimes({
      query: `mutation { ${aliases.replaceAll('needs', 'nullableFails(how: "code")')} }`,
    });
    expect(failing.body).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ path: [longName(7)] })]),
    });
  });
});
