import { Inject, Injectable, Optional } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { FastifyInstance } from 'fastify';
import { createSourceEventStream, execute, GraphQLError } from 'graphql';
import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql';
import 'mercurius';
import {
  currentTrace,
  ERROR_REPORTS,
  inSpan,
  Metrics,
  noErrorReports,
  noTracing,
  TRACING,
} from '@groundswell/observability';
import type { ErrorReports, Tracing } from '@groundswell/observability';
import type { RequestContext } from '../auth/access';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER } from '../http/runtime.module';
import type { GatewayLogger } from '../http/runtime.module';
import { MutationLimits } from '../rate-limits/mutation-limits';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import { AnswerMetrics } from './answer-metrics';
import { reportErrors, tooManyEntry } from './answers/error-entries';
import type { ErrorEntry } from './answers/error-entries';
import { longestKept, OperationCache } from './documents/operation-cache';
import type { PreparedOperation } from './documents/prepare-operation';
import type { GraphqlRequest } from './requests/graphql-request';
import { operationSpan } from './operation-span';
import { RefusedRequest } from './requests/refused-request';
import { UserErrorReports } from './user-errors/user-error-reports';

export interface GraphqlAnswer {
  status: 200 | 429 | 500;
  body: { data?: unknown; errors?: ErrorEntry[] };
}

/** A checked operation with the variables of one request. */
export interface ReadyOperation {
  operation: PreparedOperation;
  values: Record<string, unknown>;
}

export type Readiness = ReadyOperation | { errors: readonly GraphQLError[] };

/** Where the hook below finds the variables of the operation a context belongs to. */
const readVariables = Symbol('variables');

type ExecutionContext = RequestContext & { [readVariables]?: Record<string, unknown> };

/** Runs one operation: checks the document once, reads the variables, lets Mercurius execute, words the errors. */
@Injectable()
export class GraphqlExecutor implements OnApplicationBootstrap {
  private cache: OperationCache | undefined;
  private readonly metrics: AnswerMetrics | null;
  private readonly userErrors: UserErrorReports;

  constructor(
    @Inject(GraphQLSchemaHost) private readonly schemaHost: GraphQLSchemaHost,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
    @Inject(MutationLimits) private readonly limits: MutationLimits,
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    @Optional() @Inject(Metrics) metrics?: Metrics,
    @Optional() @Inject(TRACING) private readonly tracing: Tracing = noTracing,
    @Optional() @Inject(ERROR_REPORTS) reports: ErrorReports = noErrorReports,
  ) {
    this.metrics = metrics ? new AnswerMetrics(metrics) : null;
    this.userErrors = new UserErrorReports(reports, userErrorSettingsOf(config), () => this.schema);
  }

  get schema(): GraphQLSchema {
    return this.schemaHost.schema;
  }

  /** Variables given to Mercurius in the usual way are coerced by it again at every call, which costs more than the
   *  rest of it together; ours are coerced already. */
  onApplicationBootstrap(): void {
    this.fastify().graphql.addHook('preExecution', async (_schema, _document, context) => ({
      variables: (context as unknown as ExecutionContext)[readVariables],
    }));
  }

  /** Throws RefusedRequest for a mutation that `mayMutate` forbids; sets `context.retryAfterSeconds`. `operations` are of
   *  the whole schema, or of a part of it. */
  async run(
    request: GraphqlRequest,
    context: RequestContext,
    mayMutate: boolean,
    operations = this.operations(),
  ): Promise<GraphqlAnswer> {
    const operation = operations.prepare(request.query, request.operationName);
    if ('errors' in operation) return this.refuse(operation.errors, request, context);
    if (operation.kind === 'subscription') {
      const nodes = operation.operation;
      return refusal([new GraphQLError('Subscriptions are not served over HTTP', { nodes })]);
    }
    if (operation.kind === 'mutation' && !mayMutate) {
      throw new RefusedRequest(405, 'Can only perform a mutation from a POST request');
    }
    const ready = withVariables(operation, request);
    return 'errors' in ready ? this.refuse(ready.errors, request, context) : this.runReady(ready, context);
  }

  private refuse(
    errors: readonly GraphQLError[],
    { variables }: GraphqlRequest,
    context: RequestContext,
  ): GraphqlAnswer {
    const answer = refusal(errors);
    this.userErrors.note(answer.body.errors ?? [], variables, context);
    return answer;
  }

  /** Checks a document of any kind and its variables; `errors` say why it cannot run. */
  prepare(request: GraphqlRequest): Readiness {
    const operation = this.operations().prepare(request.query, request.operationName);
    return 'errors' in operation ? operation : withVariables(operation, request);
  }

  /** Runs a query or a mutation; not one of a mutation's fields where the caller sends too many of them. */
  runReady(ready: ReadyOperation, context: RequestContext): Promise<GraphqlAnswer> {
    if (!this.tracing.isOn) return this.runAdmitted(ready, context);
    const start = { ...operationSpan(ready.operation), parent: currentTrace() };
    return inSpan(this.tracing, start, async (span) => {
      const answer = await this.runAdmitted(ready, context);
      span?.set({ 'groundswell.errors': answer.body.errors?.length ?? 0 });
      return answer;
    });
  }

  private async runAdmitted({ operation, values }: ReadyOperation, context: RequestContext): Promise<GraphqlAnswer> {
    const admission = this.limits.admit(operation, context);
    if (admission) {
      const refused = await admission.then(() => null, limitedAnswer(context));
      if (refused) {
        this.metrics?.count(operation.kind, 'limited');
        return refused;
      }
    }
    const answer = this.answer(await this.execute(operation, context, values), operation, context);
    if (answer.body.errors) this.userErrors.note(answer.body.errors, values, context);
    return answer;
  }

  /** Begins a subscription: its events as the root field gives them, or the answer that says why not. */
  async subscribe(ready: ReadyOperation, context: RequestContext): Promise<AsyncIterable<unknown> | GraphqlAnswer> {
    const started = await createSourceEventStream(this.argumentsOf(ready, context));
    if (Symbol.asyncIterator in started) return started;
    const { status, body } = this.answer(started, ready.operation, context);
    return { status, body: { errors: body.errors } };
  }

  /** What one subscriber gets of one event. */
  async runEvent(ready: ReadyOperation, event: unknown, context: RequestContext): Promise<GraphqlAnswer> {
    const result = await execute({ ...this.argumentsOf(ready, context), rootValue: event });
    return this.answer(result, ready.operation, context);
  }

  private operations(): OperationCache {
    this.cache ??= new OperationCache(this.schemaHost.schema, (isKnown) => this.metrics?.countDocument(isKnown));
    return this.cache;
  }

  private argumentsOf({ operation, values }: ReadyOperation, context: RequestContext): ExecutionArgs {
    const { schema } = this.schemaHost;
    return { schema, document: operation.document, contextValue: context, variableValues: values };
  }

  private async execute(
    operation: PreparedOperation,
    context: RequestContext,
    values: Record<string, unknown>,
  ): Promise<ExecutionResult> {
    // Mercurius keeps every text it is given; one that long is not worth its memory.
    if (operation.source.length > longestKept) {
      return execute(this.argumentsOf({ operation, values }, context));
    }
    // The context itself, since resolvers write to it; Mercurius adds fields of its own.
    const own: ExecutionContext = Object.assign(context, { [readVariables]: values });
    return this.fastify().graphql(operation.source, own as unknown as Record<string, unknown>);
  }

  private answer(
    { data, errors }: ExecutionResult,
    operation: PreparedOperation,
    context: RequestContext,
  ): GraphqlAnswer {
    if (!errors) {
      this.metrics?.count(operation.kind, 'ok');
      return { status: 200, body: { data } };
    }
    const report = reportErrors(errors, operation);
    this.metrics?.count(operation.kind, report.faults.length > 0 ? 'fault' : 'errors');
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

const limitedAnswer =
  (context: RequestContext) =>
  (error: unknown): GraphqlAnswer => {
    if (!(error instanceof TooManyRequestsError)) throw error;
    context.retryAfterSeconds = error.retryAfterSeconds;
    return { status: 429, body: { data: null, errors: [tooManyEntry(error)] } };
  };

const withVariables = (operation: PreparedOperation, { variables }: GraphqlRequest): Readiness => {
  const read = operation.readVariables(variables);
  return 'errors' in read ? read : { operation, values: read.values };
};

const refusal = (errors: readonly GraphQLError[]): GraphqlAnswer => ({
  status: 200,
  body: { errors: errors.map((error) => error.toJSON()) },
});

const userErrorSettingsOf = (config: GatewayConfig) => ({
  isOn: config.REPORT_USER_ERRORS || config.REPORT_AUTH_USER_ERRORS,
  isForUsersOnly: config.REPORT_AUTH_USER_ERRORS,
  cleartext: config.REPORT_USER_ERRORS_CLEARTEXT,
});
