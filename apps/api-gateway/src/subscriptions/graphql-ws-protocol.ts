import { Inject, Injectable } from '@nestjs/common';
import { GraphQLError } from 'graphql';
import type { ExecutionArgs, FormattedExecutionResult } from 'graphql';
import { CloseCode, makeServer } from 'graphql-ws';
import type { OperationResult, Server } from 'graphql-ws';
import type { ReadyOperation } from '../graphql/graphql-executor';
import { RefusedRequest } from '../graphql/requests/refused-request';
import { authorizationIn } from './socket-client';
import type { SocketClient } from './socket-client';
import type { SocketConnection } from './socket-connection';
import { SOCKET_LIMITS } from './socket-limits';
import type { SocketLimits } from './socket-limits';
import { SocketOperations } from './socket-operations';

interface Opened {
  client: SocketClient;
  connection: SocketConnection;
}

/** Pings per `silenceMs`: this protocol leaves it to the server to find out whether a client is still there. */
const pingsPerSilence = 3;

/** `graphql-transport-ws` (graphql-api.md §1.12): messages by the library, documents by ours. */
@Injectable()
export class GraphqlWsProtocol {
  private readonly server: Server<Opened>;

  constructor(
    private readonly operations: SocketOperations,
    @Inject(SOCKET_LIMITS) private readonly limits: SocketLimits,
  ) {
    this.server = makeServer<Record<string, unknown> | undefined, Opened>({
      connectionInitWaitTimeout: limits.initWaitMs,
      onConnect: ({ connectionParams, extra }) => this.identify(connectionParams, extra),
      onSubscribe: ({ extra }, _id, payload) => this.prepare({ ...payload }, extra.client),
      execute: (args) => this.execute(args),
      subscribe: (args) => this.subscribe(args),
      // Worded already: the library would word them again.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
    });
  }

  open(connection: SocketConnection, client: SocketClient, fail: (error: unknown) => void): void {
    const closed = this.server.opened(
      {
        protocol: connection.protocol,
        send: (text) => connection.send(text),
        close: (code = CloseCode.InternalServerError, reason = '') => connection.close(code, reason),
        onMessage: (receive) =>
          connection.onText((text) => {
            receive(text).catch((error: unknown) =>
              isUnexpectedMessage(error) ? connection.close(CloseCode.BadRequest, 'Unexpected message') : fail(error),
            );
          }),
      },
      { client, connection },
    );
    const pings = setInterval(() => connection.ping(), this.limits.silenceMs / pingsPerSilence).unref();
    connection.onClose((code, reason) => {
      clearInterval(pings);
      closed(code, reason).catch(fail);
    });
  }

  private async identify(
    parameters: Record<string, unknown> | undefined,
    { client, connection }: Opened,
  ): Promise<boolean> {
    const authorization = authorizationIn(parameters);
    if (authorization === null) return true;
    try {
      await client.identify(authorization);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      connection.close(CloseCode.Forbidden, error.message);
      return false;
    }
  }

  private prepare(payload: Record<string, unknown>, client: SocketClient): ExecutionArgs | readonly GraphQLError[] {
    if (this.operations.isBusy(client)) return [new GraphQLError('Too many documents at once')];
    const ready = this.operations.prepare(payload);
    if ('errors' in ready) return ready.errors;
    const { schema } = this.operations;
    return { schema, document: ready.operation.document, rootValue: ready, contextValue: client };
  }

  private execute({ rootValue, contextValue }: ExecutionArgs): OperationResult {
    const client = contextValue as SocketClient;
    return client.track(this.operations.run(rootValue as ReadyOperation, client)) as OperationResult;
  }

  private subscribe({ rootValue, contextValue }: ExecutionArgs): OperationResult {
    return this.operations.subscribe(rootValue as ReadyOperation, contextValue as SocketClient) as OperationResult;
  }
}

/** A message of the protocol that only a server sends. */
const isUnexpectedMessage = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Unexpected message of type');
