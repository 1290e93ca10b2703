import { getIntrospectionQuery } from 'graphql';
import { documentLimits } from '../../src/graphql/documents/document-limits';
import { startTransport, type TransportApp } from './transport.fixture';

let transport: TransportApp;
beforeAll(async () => {
  transport = await startTransport();
});
afterAll(() => transport.close());

const post = async (query: string) => {
  const { status, body } = await transport.post({ query });
  return { status, body: body as { data?: unknown; errors?: { message: string }[] } };
};
const refused = (message: string) => ({ status: 200, body: { errors: [{ message }] } });
const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** `levels` of fields; introspection has no end of them. */
const nested = (levels: number): string =>
  `{ __schema { types { fields { type ${'{ ofType '.repeat(levels - 4)}{ name }${' }'.repeat(levels - 4)} } } } }`;

describe('depth', () => {
  it(`may be ${documentLimits.depth}, and no more`, async () => {
    expect((await post(nested(documentLimits.depth - 1))).body.errors).toBeUndefined();
    const tooDeep = nested(documentLimits.depth);
    expect(await post(tooDeep)).toEqual(refused('Document is nested 61 levels deep, at most 60 are allowed'));
  });

  it('counts through fragments', async () => {
    const chain = times(30, (index) => `fragment F${index} on __Type { ofType { ofType { ...F${index + 1} } } }`);
    const query = `{ __type(name: "Json") { ...F0 } } ${chain} fragment F30 on __Type { name }`;
    expect(await post(query)).toEqual(refused('Document is nested 62 levels deep, at most 60 are allowed'));
  });

  it('stops at what exhausts the parser, too', async () => {
    const { status, body } = await post('{ a '.repeat(4_000));
    expect([status, body.data, body.errors?.length]).toEqual([200, undefined, 1]);
  });
});

describe('aliases', () => {
  it(`may be ${documentLimits.aliases}, and no more`, async () => {
    const asking = (count: number): string => `{ ${times(count, (index) => `a${index}: whoami`)} }`;
    const { body } = await post(asking(documentLimits.aliases));
    expect(Object.keys(body.data as object)).toHaveLength(documentLimits.aliases);
    const tooMany = await post(asking(documentLimits.aliases + 1));
    expect(tooMany).toEqual(refused('Document has 101 aliases, at most 100 are allowed'));
  });

  it('count wherever a fragment is spread', async () => {
    const query = `{ ${times(26, () => '... { ...Four }')} } fragment Four on RootQueryType { ${times(4, (index) => `a${index}: whoami`)} }`;
    expect(await post(query)).toEqual(refused('Document has 104 aliases, at most 100 are allowed'));
  });
});

describe('cost', () => {
  it('is worked out in no time for fragments that double each other', async () => {
    const chain = times(300, (index) => `fragment F${index} on RootQueryType { ...F${index + 1} ...F${index + 1} }`);
    const query = `{ ...F0 } ${chain} fragment F300 on RootQueryType { whoami }`;
    const message = 'Document has cost more than 1000000000, at most 10000 is allowed';
    expect(await post(query)).toEqual(refused(message));
  });

  it('counts what is written to', async () => {
    const doubled = times(7, (index) => `fragment F${index} on RootMutationType { ...F${index + 1} ...F${index + 1} }`);
    const query = `mutation { ...F0 } ${doubled} fragment F7 on RootMutationType { remember(word: "x") }`;
    expect((await post(query)).body.data).toEqual({ remember: ['x'] });
    const more = times(14, (index) => `fragment F${index} on RootMutationType { ...F${index + 1} ...F${index + 1} }`);
    const tooMuch = `mutation { ...F0 } ${more} fragment F14 on RootMutationType { remember(word: "x") }`;
    expect((await post(tooMuch)).body.errors?.[0]?.message).toMatch(
      /^Document has cost \d+, at most 10000 is allowed$/,
    );
  });
});

describe('selections', () => {
  it(`may be ${documentLimits.selections} in all operations and fragments together`, async () => {
    const used = (count: number): string => `query A { ${'whoami '.repeat(count)} } query B { whoami }`;
    expect(await post(used(documentLimits.selections))).toEqual(
      refused('Document has 1001 selections, at most 1000 are allowed'),
    );
    const unused = `{ whoami } fragment F on RootQueryType { ${'whoami '.repeat(documentLimits.selections)} }`;
    expect((await post(unused)).body.errors?.[0]?.message).toContain('at most 1000 are allowed');
  });

  it('are counted before anything else looks at the document', async () => {
    const { body } = await post(`{ ${times(1_001, (index) => `nobody_knows_${index}`)} }`);
    expect(body.errors).toEqual([{ message: 'Document has 1001 selections, at most 1000 are allowed' }]);
  });
});

it('lets tools read the schema, with everything on', async () => {
  const plain = await post(getIntrospectionQuery());
  expect([plain.status, plain.body.errors]).toEqual([200, undefined]);
  const everything = getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  });
  expect((await post(everything)).body.errors).toBeUndefined();
});

it('leaves fragments that spread themselves to validation', async () => {
  const { body } = await post('{ ...F } fragment F on RootQueryType { whoami ...F }');
  expect(body.errors?.[0]?.message).toContain('Cannot spread fragment "F" within itself');
});
