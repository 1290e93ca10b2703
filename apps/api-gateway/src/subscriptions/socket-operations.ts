import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { GraphQLError } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { inSpan, noTracing, runWithTrace, TRACING } from '@groundswell/observability';
import type { Tracing } from '@groundswell/observability';
import { WorkGate } from '../auth/work-gate';
import { GraphqlExecutor } from '../graphql/graphql-executor';
import type { Readiness, ReadyOperation } from '../graphql/graphql-executor';
import { readGraphqlRequest } from '../graphql/requests/graphql-request';
import type { Parameters } from '../graphql/requests/graphql-request';
import { RefusedRequest } from '../graphql/requests/refused-request';
import { traceIdOf } from '../http/request-trace';
import { AnswerStream } from './answer-stream';
import type { AnswerBody } from './answer-stream';
import type { SocketClient } from './socket-client';
import { SOCKET_LIMITS } from './socket-limits';
import type { SocketLimits } from './socket-limits';

/** Events resolved at once; the others wait, so that a change thousands follow does not hold up who signs. */
const eventsAtOnce = 4;

const refuse = (message: string): AnswerBody => ({ errors: [{ message }] });

/** Runs what clients send over sockets: through the same checks and the same executor as over HTTP. */
@Injectable()
export class SocketOperations implements OnApplicationBootstrap {
  private readonly gate = new WorkGate(eventsAtOnce, Infinity, () => new Error('unreachable'));
  private executor!: GraphqlExecutor;
  private subscriptions = 0;

  constructor(
    private readonly modules: ModuleRef,
    @Inject(SOCKET_LIMITS) private readonly limits: SocketLimits,
    @Optional() @Inject(TRACING) private readonly tracing: Tracing = noTracing,
  ) {}

  onApplicationBootstrap(): void {
    this.executor = this.modules.get(GraphqlExecutor, { strict: false });
  }

  /** Of all sockets. */
  get openSubscriptions(): number {
    return this.subscriptions;
  }

  get schema(): GraphQLSchema {
    return this.executor.schema;
  }

  isBusy({ inHand }: SocketClient): boolean {
    return inHand.size >= this.limits.mostDocuments;
  }

  prepare(parameters: Parameters): Readiness {
    try {
      return this.executor.prepare(readGraphqlRequest(parameters));
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      const extensions = error.code === null ? {} : { extensions: { code: error.code } };
      return { errors: [new GraphQLError(error.message, extensions)] };
    }
  }

  /** A query or a mutation. */
  async run(ready: ReadyOperation, client: SocketClient): Promise<AnswerBody> {
    const context = await client.context();
    const traceId = traceIdOf(context.requestId);
    const run = () => this.executor.runReady(ready, context);
    if (this.tracing.isOn) {
      const start = { name: 'socket operation', kind: 'server', traceId } as const;
      return (await inSpan(this.tracing, start, run)).body;
    }
    const trace = { traceId, spanId: traceId.slice(16), sampled: false };
    return (await runWithTrace(trace, run)).body;
  }

  /** The stream of answers, or the answer that says why there is none. */
  async subscribe(ready: ReadyOperation, client: SocketClient): Promise<AnswerStream | AnswerBody> {
    const isFull =
      client.subscriptions >= this.limits.mostSubscriptions || this.subscriptions >= this.limits.mostSubscriptionsInAll;
    if (isFull) return refuse('Too many subscriptions');
    this.count(client, 1);
    try {
      const started = await this.executor.subscribe(ready, await client.context());
      if (Symbol.asyncIterator in started) return this.streamOf(started, ready, client);
      this.count(client, -1);
      return started.body;
    } catch (error) {
      this.count(client, -1);
      throw error;
    }
  }

  private streamOf(source: AsyncIterable<unknown>, ready: ReadyOperation, client: SocketClient): AnswerStream {
    const answer = (event: unknown): Promise<AnswerBody> =>
      this.gate.run(async () => {
        await nextTurn();
        return (await this.executor.runEvent(ready, event, await client.context())).body;
      });
    return new AnswerStream(source, answer, () => this.count(client, -1));
  }

  private count(client: SocketClient, difference: 1 | -1): void {
    client.subscriptions += difference;
    this.subscriptions += difference;
  }
}
