import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { FastifyInstance } from 'fastify';
import { execute, GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql';
import 'mercurius';
import type { RequestContext } from '../auth/access';
import { GATEWAY_LOGGER } from '../http/runtime.module';
import type { GatewayLogger } from '../http/runtime.module';
import { reportErrors } from './answers/error-entries';
import type { ErrorEntry } from './answers/error-entries';
import { longestKept, OperationCache } from './documents/operation-cache';
import type { PreparedOperation } from './documents/prepare-operation';
import type { GraphqlRequest } from './requests/graphql-request';
import { RefusedRequest } from './requests/refused-request';

export interface GraphqlAnswer {
  status: 200 | 500;
  body: { data?: unknown; errors?: ErrorEntry[] };
}

/** Where the hook below finds the variables of the operation a context belongs to. */
const readVariables = Symbol('variables');

type ExecutionContext = RequestContext & { [readVariables]?: Record<string, unknown> };

/** Runs one operation: checks the document once, reads the variables, lets Mercurius execute, words the errors. */
@Injectable()
export class GraphqlExecutor implements OnApplicationBootstrap {
  private cache: OperationCache | undefined;

  constructor(
    @Inject(GraphQLSchemaHost) private readonly schemaHost: GraphQLSchemaHost,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {}

  /** Variables given to Mercurius in the usual way are coerced by it again at every call, which costs more than the
   *  rest of it together; ours are coerced already. */
  onApplicationBootstrap(): void {
    this.fastify().graphql.addHook('preExecution', async (_schema, _document, context) => ({
      variables: (context as unknown as ExecutionContext)[readVariables],
    }));
  }

  /** Throws RefusedRequest for a mutation that `mayMutate` forbids; sets `context.retryAfterSeconds`. */
  async run(request: GraphqlRequest, context: RequestContext, mayMutate: boolean): Promise<GraphqlAnswer> {
    this.cache ??= new OperationCache(this.schemaHost.schema);
    const operation = this.cache.prepare(request.query, request.operationName);
    if ('errors' in operation) return refusal(operation.errors);
    if (operation.kind === 'mutation' && !mayMutate) {
      throw new RefusedRequest(405, 'Can only perform a mutation from a POST request');
    }
    const variables = operation.readVariables(request.variables);
    if ('errors' in variables) return refusal(variables.errors);
    const result = await this.execute(operation, context, variables.values);
    if (!result.errors) return { status: 200, body: { data: result.data } };
    return this.failure(result.data, result.errors, operation, context);
  }

  private async execute(
    operation: PreparedOperation,
    context: RequestContext,
    values: Record<string, unknown>,
  ): Promise<ExecutionResult> {
    // Mercurius keeps every text it is given; one that long is not worth its memory.
    if (operation.source.length > longestKept) {
      return execute({
        schema: this.schemaHost.schema,
        document: operation.document,
        contextValue: context,
        variableValues: values,
      });
    }
    // The context itself, since resolvers write to it; Mercurius adds fields of its own.
    const own: ExecutionContext = Object.assign(context, { [readVariables]: values });
    return this.fastify().graphql(operation.source, own as unknown as Record<string, unknown>);
  }

  private failure(
    data: unknown,
    errors: readonly GraphQLError[],
    operation: PreparedOperation,
    context: RequestContext,
  ): GraphqlAnswer {
    const report = reportErrors(errors, operation);
    if (report.retryAfterSeconds !== null) {
      context.retryAfterSeconds = Math.max(context.retryAfterSeconds ?? 0, report.retryAfterSeconds);
    }
    for (const fault of report.faults) {
      const { requestId } = context;
      this.logger.error({ err: fault, requestId, operation: operation.operation.name?.value }, 'request failed');
    }
    return { status: report.faults.length > 0 ? 500 : 200, body: { data: data ?? null, errors: report.entries } };
  }

  private fastify(): FastifyInstance {
    return this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
  }
}

const refusal = (errors: readonly GraphQLError[]): GraphqlAnswer => ({
  status: 200,
  body: { errors: errors.map((error) => error.toJSON()) },
});
