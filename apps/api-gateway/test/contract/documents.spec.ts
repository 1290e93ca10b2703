import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate, type GraphQLSchema } from 'graphql';
import { withCamelCaseNames } from '../../src/graphql/documents/lenient-names';
import { typeDefs } from '../../src/graphql/schema/type-defs';
import { documentsOfCli, documentsOfProcaApi } from './client-documents';

const contract = buildSchema(readFileSync(join(import.meta.dirname, 'contract.graphql'), 'utf8'));
const served = buildSchema(typeDefs);
const cli = documentsOfCli();
const library = documentsOfProcaApi();

/** As the gateway reads a document: names first (graphql-api.md §1.13). */
const problemsOf = (schema: GraphQLSchema, text: string): string[] =>
  validate(schema, withCamelCaseNames(parse(text), schema)).map(({ message }) => message);

/** graphql-api.md §0. */
it('finds every document of proca 2.5.1 and of @proca/api 2.3.4', () => {
  expect([cli.length, library.length]).toEqual([52, 27]);
});

describe.each([
  ['the CLI', cli],
  ['@proca/api', library],
])('documents of %s', (_, documents) => {
  it.each(documents)('$name', ({ text }) => {
    expect(problemsOf(contract, text)).toEqual([]);
    expect(problemsOf(served, text)).toEqual([]);
  });
});
