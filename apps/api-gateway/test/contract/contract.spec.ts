import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, findBreakingChanges } from 'graphql';
import { typeDefs } from '../../src/graphql/schema/type-defs';

const contractSdl = readFileSync(join(import.meta.dirname, 'contract.graphql'), 'utf8');
const contract = buildSchema(contractSdl);
const served = buildSchema(typeDefs);

describe('the served schema and the contract (graphql-api.md §0)', () => {
  it('has everything of the contract, and nothing of it narrower', () => {
    const broken = findBreakingChanges(contract, served).map(({ description }) => description);
    expect(broken).toEqual([]);
  });

  it('names the roots as clients know them', () => {
    expect(served.getQueryType()?.name).toBe('RootQueryType');
    expect(served.getMutationType()?.name).toBe('RootMutationType');
    expect(served.getSubscriptionType()?.name).toBe('RootSubscriptionType');
  });

  it('would see an argument that becomes required, one that goes and a type that narrows', () => {
    const worse = contractSdl
      .replace('actionPage(id: Int, name: String, url: String)', 'actionPage(id: Int!, name: String)')
      .replace('config: Json!', 'config: Int!');
    const broken = findBreakingChanges(contract, buildSchema(worse)).map(({ description }) => description);
    expect(broken).toHaveLength(3);
  });
});
