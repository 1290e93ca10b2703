import { Inject, Injectable } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { RequestContext } from '../../auth/access';
import { OperationCache } from '../documents/operation-cache';
import { GraphqlExecutor } from '../graphql-executor';
import type { GraphqlAnswer } from '../graphql-executor';
import type { GraphqlRequest } from '../requests/graphql-request';
import { eciSchema } from './eci-schema';

/** Runs what the public of an ECI instance may ask: documents are checked by that part of the schema alone. */
@Injectable()
export class EciSurface {
  private operations: OperationCache | undefined;

  constructor(
    @Inject(GraphQLSchemaHost) private readonly schemaHost: GraphQLSchemaHost,
    @Inject(GraphqlExecutor) private readonly executor: GraphqlExecutor,
  ) {}

  run(request: GraphqlRequest, context: RequestContext, mayMutate: boolean): Promise<GraphqlAnswer> {
    this.operations ??= new OperationCache(eciSchema(this.schemaHost.schema));
    return this.executor.run(request, context, mayMutate, this.operations);
  }
}
