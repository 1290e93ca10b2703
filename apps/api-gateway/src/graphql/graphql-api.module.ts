import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { EciSurface } from './eci/eci-surface';
import { GraphqlExecutor } from './graphql-executor';
import { GraphqlRoute } from './graphql-route';
import { gatewayResolverMaps } from './resolver-maps';
import { RethrowFilter } from './rethrow.filter';

export interface GraphqlApiOptions {
  /** SDL; root types are RootQueryType and RootMutationType. */
  typeDefs: string;
  /** Provides RequestAuthenticator. */
  auth: Type | DynamicModule;
}

/** Compiled queries Mercurius keeps; its cache holds up to twice as many. */
const keptCompiled = 250;

/** For graphql-jit; missing in Mercurius's types. Our errors carry their own stacks. */
const compilation = { compilerOptions: { disablingCapturingStackErrors: true } };

/** Serves the resolvers of all modules (`@Resolver()`, `@Query()`, `@Mutation()`, `@ResolveField()`) at /api. */
@Module({})
export class GraphqlApiModule {
  static forRoot({ typeDefs, auth }: GraphqlApiOptions): DynamicModule {
    return {
      module: GraphqlApiModule,
      imports: [
        auth,
        RateLimitsModule,
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          typeDefs,
          transformResolvers: gatewayResolverMaps,
          inheritResolversFromInterfaces: true,
          path: '',
          routes: false,
          graphiql: false,
          // Compiled at the second run of a document.
          jit: 1,
          cache: keptCompiled,
          ...compilation,
          // Errors are worded by the executor, from what the resolvers threw.
          errorFormatter: (execution) => ({ statusCode: 200, response: execution }),
        }),
      ],
      providers: [GraphqlExecutor, EciSurface, GraphqlRoute, { provide: APP_FILTER, useClass: RethrowFilter }],
      exports: [GraphqlExecutor],
    };
  }
}
