import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import { scalars } from './scalars';

type TransformResolvers = NonNullable<MercuriusDriverConfig['transformResolvers']>;

const rootNames: Readonly<Record<string, string>> = {
  Query: 'RootQueryType',
  Mutation: 'RootMutationType',
  Subscription: 'RootSubscriptionType',
};

/** Nest gathers resolvers under its own root names; the contract has others. Interfaces need nothing here: a source
 *  says by `__typename` whether it is the private or the public view. */
export const gatewayResolverMaps: TransformResolvers = (explored) => {
  const maps = [explored].flat().map((map) => {
    const renamed = Object.entries(map).map(([type, fields]) => [rootNames[type] ?? type, fields as unknown]);
    return Object.fromEntries(renamed) as typeof map;
  });
  return [...maps, scalars];
};
