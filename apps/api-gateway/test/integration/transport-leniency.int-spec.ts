import { startTransport } from './transport.fixture';
import type { TransportApp } from './transport.fixture';

let transport: TransportApp;
beforeAll(async () => {
  transport = await startTransport();
});
afterAll(() => transport.close());

/** Thrice: run by the engine itself, compiled, from the cache. */
const ask = async (
  query: string,
  variables?: object,
): Promise<{ data: Record<string, unknown>; errors?: unknown[] }> => {
  const bodies: unknown[] = [];
  for (const _ of [1, 2, 3]) bodies.push((await transport.post({ query, variables })).body);
  expect(bodies[1]).toEqual(bodies[0]);
  expect(bodies[2]).toEqual(bodies[0]);
  return bodies[0] as { data: Record<string, unknown> };
};

const inputs = 'query ($input: PersonInput!) { inputs(input: $input) }';
const inputOf = async (query: string, variables?: object): Promise<unknown> => {
  const { data, errors } = await ask(query, variables);
  expect(errors).toBeUndefined();
  return JSON.parse(data['inputs'] as string);
};

describe('snake_case names', () => {
  const person = { firstName: 'Ada', address: { streetNumber: '1' }, others: [{ streetNumber: '2' }] };

  it('are taken in variables, at any depth and in lists', async () => {
    const input = { first_name: 'Ada', address: { street_number: '1' }, others: [{ street_number: '2' }] };
    expect(await inputOf(inputs, { input })).toEqual(person);
  });

  it('are taken in literals', async () => {
    const query =
      '{ inputs(input: {first_name: "Ada", address: {street_number: "1"}, others: [{street_number: "2"}]}) }';
    expect(await inputOf(query)).toEqual(person);
  });

  it('are taken in defaults of variables and around variables inside literals', async () => {
    expect(await inputOf('query ($input: PersonInput! = {first_name: "Ada"}) { inputs(input: $input) }')).toEqual({
      firstName: 'Ada',
    });
    const query = 'query ($n: String) { inputs(input: {first_name: "Ada", address: {street_number: $n}}) }';
    expect(await inputOf(query, { n: '5' })).toEqual({ firstName: 'Ada', address: { streetNumber: '5' } });
  });

  it('are taken for arguments, whose variables keep their names', async () => {
    const { data } = await ask('query ($street_name: String) { echo(street_name: $street_name) { args } }', {
      street_name: 'Main',
    });
    expect(data).toEqual({ echo: { args: '{"streetName":"Main"}' } });
  });

  it('are taken for selected fields, which answer as asked', async () => {
    const query =
      '{ echo(streetName: "Main") { street_name own: street_name } thing { ...F } } fragment F on Thing { display_name }';
    expect((await ask(query)).data).toEqual({
      echo: { street_name: 'Main', own: 'Main' },
      thing: { display_name: 'anyone sees 2' },
    });
  });

  it('stay wrong where no such name exists, or both spellings are given', async () => {
    const unknown = await ask(inputs, { input: { firstName: 'Ada', shoe_size: 1 } });
    expect(unknown).toMatchObject({ errors: [{ message: expect.stringContaining('"shoe_size" is not defined') }] });
    const both = await ask(inputs, { input: { firstName: 'Ada', first_name: 'Eve' } });
    expect(both).toMatchObject({ errors: [{ message: expect.stringContaining('"first_name" is not defined') }] });
    expect(await ask('{ no_thing }')).toMatchObject({ errors: [{ message: expect.stringContaining('no_thing') }] });
  });

  it('are never touched inside Json', async () => {
    const customFields = { first_name: 'x', deep: { street_number: [1] } };
    const person2 = { firstName: 'Ada', customFields };
    expect(await inputOf(inputs, { input: { first_name: 'Ada', custom_fields: customFields } })).toEqual(person2);
    expect(await inputOf(inputs, { input: { ...person2, customFields: JSON.stringify(customFields) } })).toEqual(
      person2,
    );
    const literal = '{first_name: "x", deep: {street_number: [1]}}';
    expect(await inputOf(`{ inputs(input: {first_name: "Ada", custom_fields: ${literal}}) }`)).toEqual(person2);
  });

  it('survive __proto__ as a key', async () => {
    const body = `{"query":${JSON.stringify(inputs)},"variables":{"input":{"firstName":"Ada","__proto__":{"firstName":"Eve"}}}}`;
    const answer = await transport.post(JSON.parse(body) as object);
    expect(answer.status).toBe(200);
    const json =
      '{"query":"query ($json: Json) { echo(json: $json) { args } }","variables":{"json":"{\\"__proto__\\":{\\"a\\":1}}"}}';
    expect((await transport.post(JSON.parse(json) as object)).body).toEqual({
      data: { echo: { args: '{"json":{"__proto__":{"a":1}}}' } },
    });
  });

  it('of the engine are left alone', async () => {
    expect((await ask('{ __typename thing { __typename } }')).data).toEqual({
      __typename: 'RootQueryType',
      thing: { __typename: 'PublicThing' },
    });
  });
});

describe('values', () => {
  const echo =
    'query ($ids: [ID!], $json: Json, $at: DateTime, $day: Date, $color: Color, $count: Int) { echo(ids: $ids, json: $json, at: $at, day: $day, color: $color, count: $count) { args } }';
  const echoed = async (variables: object): Promise<unknown> => {
    const { data, errors } = await ask(echo, variables);
    expect(errors).toBeUndefined();
    return JSON.parse((data['echo'] as { args: string }).args);
  };
  const refusedAs = async (variables: object): Promise<string> => {
    const body = await ask(echo, variables);
    expect(body).not.toHaveProperty('data');
    return (body.errors?.[0] as { message: string }).message;
  };

  it('alone where a list is expected, and integers as ids', async () => {
    expect(await echoed({ ids: 'a' })).toEqual({ ids: ['a'] });
    expect(await echoed({ ids: [1, 'b'] })).toEqual({ ids: ['1', 'b'] });
    expect((await ask('{ echo(ids: 7) { args } }')).data).toEqual({ echo: { args: '{"ids":["7"]}' } });
    expect(await inputOf(inputs, { input: { firstName: 'Ada', others: { street_number: '3' } } })).toEqual({
      firstName: 'Ada',
      others: [{ streetNumber: '3' }],
    });
  });

  it('of enums by their upper-case names only', async () => {
    expect(await echoed({ color: 'DARK_RED' })).toEqual({ color: 'DARK_RED' });
    expect(await refusedAs({ color: 'dark_red' })).toContain('does not exist in "Color" enum');
  });

  it('of Json: an object or its text', async () => {
    expect(await echoed({ json: { a: [1] } })).toEqual({ json: { a: [1] } });
    expect(await echoed({ json: '{"a":[1]}' })).toEqual({ json: { a: [1] } });
    expect((await ask('{ echo(json: "{\\"a\\":[1]}") { args } }')).data).toEqual({
      echo: { args: '{"json":{"a":[1]}}' },
    });
    expect((await ask('{ echo(json: {a: [1]}) { args } }')).data).toEqual({ echo: { args: '{"json":{"a":[1]}}' } });
    expect(await echoed({ json: null })).toEqual({ json: null });
  });

  it.each([['[1]'], ['5'], ['"x"'], ['null'], ['no json'], [''], [[1]], [5], [true]])(
    'of Json: not %j',
    async (json) => {
      expect(await refusedAs({ json })).toMatch(/Variable "\$json" got invalid value .*Json must/);
    },
  );

  it('of Json literals: not arrays, not primitives', async () => {
    for (const literal of ['[1]', '5', '"[1]"', 'true']) {
      expect(await ask(`{ echo(json: ${literal}) { args } }`)).not.toHaveProperty('data');
    }
  });

  it('of variables inside Json literals', async () => {
    const { data } = await ask('query ($x: String) { echo(json: {a: $x}) { args } }', { x: 'y' });
    expect(data).toEqual({ echo: { args: '{"json":{"a":"y"}}' } });
  });

  it('of DateTime: ISO 8601 with an offset', async () => {
    const at = '2024-04-12T14:14:14.000Z';
    for (const given of [
      '2024-04-12T14:14:14Z',
      '2024-04-12T16:14:14+02:00',
      '2024-04-12 16:14:14+0200',
      '2024-04-12T16:14:14+02',
    ]) {
      expect(await echoed({ at: given })).toEqual({ at });
    }
    expect(await echoed({ at: '2024-04-12T14:14:14.123456Z' })).toEqual({ at: '2024-04-12T14:14:14.123Z' });
    for (const given of ['2024-04-12', '2024-04-12T14:14:14', '2024-02-30T14:14:14Z', '2024-04-12T25:14:14Z', '', 5]) {
      expect(await refusedAs({ at: given })).toContain('DateTime must be ISO 8601 with an offset');
    }
  });

  it('of Date: a day that exists', async () => {
    expect(await echoed({ day: '2024-02-29' })).toEqual({ day: '2024-02-29' });
    for (const given of ['', '2023-02-29', '2024-2-9', '12.04.2024', '2024-04-12T00:00:00Z']) {
      expect(await refusedAs({ day: given })).toContain('Date must be a day as YYYY-MM-DD');
    }
    const literal = await ask('{ echo(day: "") { args } }');
    expect(literal).not.toHaveProperty('data');
  });

  it('going out: Json as text, times in UTC to the second', async () => {
    expect((await ask('{ instants { at naive day json } }')).data).toEqual({
      instants: {
        at: '2024-04-12T16:14:14Z',
        naive: '2024-04-12T16:14:14',
        day: '2024-04-12',
        json: '{"a":[1,{"b":null}]}',
      },
    });
  });
});

describe('literals', () => {
  it('with absent variables inside leave those keys out', async () => {
    const query =
      'query ($name: String, $n: String) { echo { args } inputs(input: {firstName: "A", address: {street_number: $n}, others: [{streetNumber: $name}]}) }';
    expect(await inputOf(query)).toEqual({ firstName: 'A', address: {}, others: [{}] });
    expect(await inputOf(query, { n: null, name: 'x' })).toEqual({
      firstName: 'A',
      address: { streetNumber: null },
      others: [{ streetNumber: 'x' }],
    });
  });

  it('come out invalid when a variable inside of them does not fit', async () => {
    const query = 'query ($name: String = "A") { inputs(input: {firstName: $name}) }';
    expect(await inputOf(query)).toEqual({ firstName: 'A' });
    const body = await ask(query, { name: null });
    expect(body).toMatchObject({
      errors: [{ message: expect.stringMatching(/^Argument "input" of type "PersonInput!"/) }],
    });
  });

  it('are never run as code', async () => {
    // The mark by which graphql-jit finds dates in the program it writes.
    const mark = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
    const attack = `${mark}0).x||(globalThis.wasRun=1)||new Date(0`;
    const literals = [`streetName: "${attack}"`, `ids: ["${attack}"]`, `json: {a: "${attack}"}`];
    for (const literal of literals) {
      const { data } = await ask(`{ echo(${literal}) { args } }`);
      expect((data['echo'] as { args: string }).args).toContain(attack);
    }
    await ask(`query ($x: String = "${attack}") { echo(streetName: $x) { args } }`);
    await ask(`query ($x: PersonInput! = {firstName: "${attack}"}) { inputs(input: $x) }`);
    expect(globalThis).not.toHaveProperty('wasRun');
  });

  it('of DateTime arrive as dates, also in fragments', async () => {
    const query =
      '{ ...F } fragment F on RootQueryType { echo(at: "2024-04-12T16:14:14+02:00", streetName: "x") { kinds } }';
    expect((await ask(query)).data).toEqual({ echo: { kinds: 'at:Date streetName:String' } });
  });

  it('beside variables of the same name', async () => {
    const query = 'query ($literal0: String) { echo(streetName: $literal0, ids: ["a"]) { args } }';
    expect((await ask(query, { literal0: 'x' })).data).toEqual({ echo: { args: '{"streetName":"x","ids":["a"]}' } });
  });
});

describe('characters Postgres cannot store', () => {
  const message = /text must not contain the character U\+0000/;

  it.each<[string, string, object | undefined]>([
    ['a variable', inputs, { input: { firstName: 'A\0' } }],
    ['a nested variable', inputs, { input: { firstName: 'A', others: [{ streetNumber: '\0' }] } }],
    ['Json text', inputs, { input: { firstName: 'A', customFields: '{"a":["\\u0000"]}' } }],
    ['a key of Json', inputs, { input: { firstName: 'A', customFields: { 'a\0': 1 } } }],
    ['a literal', '{ inputs(input: {firstName: "A\\u0000"}) }', undefined],
    ['a literal as it is', '{ inputs(input: {firstName: "A\0"}) }', undefined],
    ['a Json literal', '{ inputs(input: {firstName: "A", customFields: {a: "\\u0000"}}) }', undefined],
  ])('NUL in %s is refused', async (_, query, variables) => {
    const body = await ask(query, variables);
    expect(body).not.toHaveProperty('data');
    expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(message) }] });
  });

  it('says where', async () => {
    const body = await ask(inputs, { input: { firstName: 'A', address: { street_number: '\0' } } });
    expect(body).toEqual({
      errors: [
        {
          message:
            'Variable "$input" got invalid value at "input.address.street_number"; text must not contain the character U+0000.',
        },
      ],
    });
  });

  it('half a surrogate pair becomes U+FFFD, a whole one stays', async () => {
    const input = { firstName: 'A\ud800', address: { streetNumber: '😀' }, customFields: { 'k\udc00': 'v\ud83d' } };
    expect(await inputOf(inputs, { input })).toEqual({
      firstName: 'A\ufffd',
      address: { streetNumber: '😀' },
      customFields: { 'k\ufffd': 'v\ufffd' },
    });
    const text = '{"k\\udc00":"v\\ud83d","emoji":"\\ud83d\\ude00"}';
    expect(await inputOf(inputs, { input: { firstName: 'A', customFields: text } })).toEqual({
      firstName: 'A',
      customFields: { 'k\ufffd': 'v\ufffd', emoji: '😀' },
    });
  });

  it('nesting that would exhaust a stack is refused', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const answer = await transport.post({
      query: inputs,
      variables: { input: { firstName: 'A', customFields: deep } },
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('must not be nested deeper than 200 levels');
  });
});
