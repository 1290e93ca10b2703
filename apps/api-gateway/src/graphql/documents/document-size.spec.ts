import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { documentLimits } from './document-limits';
import { sizeOf } from './document-size';

const schema = buildSchema(/* GraphQL */ `
  interface Named {
    name: String
  }
  type Org implements Named {
    name: String
    tags: [String!]!
    firstCampaign: Campaign
    campaigns: [Campaign!]!
  }
  type Campaign implements Named {
    name: String
    org: Org!
  }
  type Query {
    org: Org
    named: [Named]
  }
  type Mutation {
    rename: Org
  }
`);
const size = (text: string) => sizeOf(parse(text), schema);

it.each<[string, string, { depth: number; aliases: number; cost: number }]>([
  ['one field', '{ org { name } }', { depth: 2, aliases: 0, cost: 2 }],
  ['a list of objects as ten', '{ org { campaigns { name org { name } } } }', { depth: 4, aliases: 0, cost: 32 }],
  ['a list of texts as one', '{ org { tags } }', { depth: 2, aliases: 0, cost: 2 }],
  ['lists within lists', '{ named { ... on Org { campaigns { name } } } }', { depth: 3, aliases: 0, cost: 111 }],
  [
    'fields of a mutation as ten',
    'mutation { rename { name } a: rename { name } }',
    { depth: 2, aliases: 1, cost: 22 },
  ],
  ['snake_case as what it means', '{ org { first_campaign { name } } }', { depth: 3, aliases: 0, cost: 3 }],
  [
    'fragments where they are spread',
    '{ org { ...F campaigns { ...F } } } fragment F on Named { a: name }',
    {
      depth: 3,
      aliases: 2,
      cost: 13,
    },
  ],
  [
    'the largest operation',
    'query A { org { name } } query B { org { campaigns { name } } }',
    {
      depth: 3,
      aliases: 0,
      cost: 12,
    },
  ],
  ['unknown fields too', '{ nobody { knows { it } } }', { depth: 3, aliases: 0, cost: 3 }],
  ['fragments that are not there as nothing', '{ org { ...Missing } }', { depth: 1, aliases: 0, cost: 1 }],
])('counts %s', (_, text, expected) => expect(size(text)).toEqual(expected));

it('leaves four times the room of the usual introspection', () => {
  const { depth, aliases, cost } = size(getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }));
  expect(documentLimits.depth).toBeGreaterThanOrEqual(4 * depth);
  expect(documentLimits.cost).toBeGreaterThanOrEqual(4 * cost);
  expect(aliases).toBe(0);
});
