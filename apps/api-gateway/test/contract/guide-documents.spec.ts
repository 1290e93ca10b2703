import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, Kind, parse, validate, type DefinitionNode } from 'graphql';
import { typeDefs } from '../../src/graphql/schema/type-defs';

const docs = join(import.meta.dirname, '../../../../docs');
const served = buildSchema(typeDefs);

/** Every block of GraphQL in the docs. A block may hold several documents one after the other, as people read them. */
const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
const blocks = pages.sort().flatMap((file) => {
  const page = readFileSync(join(docs, file), 'utf8');
  return [...page.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map((match) => ({
    name: `${file}:${page.slice(0, match.index).split('\n').length}`,
    text: match[1] ?? '',
  }));
});

/** Each as a document of its own, since two without a name cannot stand in one. */
const operationsOf = (text: string): readonly DefinitionNode[] => parse(text).definitions;

const problemsOf = (text: string): string[] =>
  operationsOf(text).flatMap((definition) =>
    validate(served, { kind: Kind.DOCUMENT, definitions: [definition] }).map(({ message }) => message),
  );

it('finds the examples of the guides', () => {
  const found = new Set(blocks.map(({ name }) => name.split(':')[0]));
  expect([...found]).toEqual(expect.arrayContaining(['guide-campaigner.md', 'guide-integrator.md']));
});

describe('GraphQL in the docs', () => {
  it.each(blocks)('$name is valid', ({ text }) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('would be found wrong', () => {
    expect(problemsOf('{ currentUser { shoeSize } }')).toHaveLength(1);
    expect(problemsOf('mutation { resetApiToken } mutation { activateKey(orgName: "a") { status } }')).toHaveLength(1);
  });
});
