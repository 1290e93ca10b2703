import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createClient, type Client, type ExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { waitFor } from '@groundswell/testing';

const require = createRequire(import.meta.url);

/** The parts of the real clients that are used here; they bring no types. */
interface PhoenixModule {
  Socket: new (url: string, options: object) => { connect(): void; disconnect(done?: () => void): void };
}
interface AbsintheModule {
  create(socket: InstanceType<PhoenixModule['Socket']>): object;
  send(socket: object, request: { operation: string; variables?: object }): object;
  observe(socket: object, notifier: object, observer: object): object;
  cancel(socket: object, notifier: object): object;
}
const { Socket } = require('phoenix') as PhoenixModule;
const absinthe = require('@absinthe/socket') as AbsintheModule;

export interface Result {
  data?: Record<string, never> | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

/** What one subscriber has got. */
export class Inbox {
  readonly results: Result[] = [];
  readonly failures: unknown[] = [];
  isStarted = false;

  /** The first result from now on, or one that has come already and was not taken. */
  async take(): Promise<Result> {
    await waitFor(async () => this.results.length > 0);
    return this.results.shift()!;
  }
}

/** Any gateway that listens. */
export interface Listening {
  app: NestFastifyApplication;
}

export const portOf = ({ app }: Listening): number => (app.getHttpServer().address() as { port: number }).port;
export const socketUrl = (gateway: Listening, path: string): string => `ws://127.0.0.1:${portOf(gateway)}${path}`;

const closers = new Set<() => void>();

/** Whatever clients a test has opened. */
export const closeClients = (): void => {
  for (const close of closers) close();
  closers.clear();
};

/** `@absinthe/socket` over `phoenix`, as `@proca/api` and the widget builder use them. */
export class AbsintheClient {
  private readonly socket: InstanceType<PhoenixModule['Socket']>;
  private readonly absinthe: object;

  constructor(gateway: Listening, params: object = {}) {
    this.socket = new Socket(socketUrl(gateway, '/socket'), { transport: WebSocket, params });
    this.absinthe = absinthe.create(this.socket);
    closers.add(() => this.socket.disconnect());
  }

  async send(operation: string, variables: object = {}): Promise<Inbox & { cancel(): void }> {
    const inbox = new Inbox();
    const notifier = absinthe.send(this.absinthe, { operation, variables });
    const observed = absinthe.observe(this.absinthe, notifier, {
      onStart: () => (inbox.isStarted = true),
      onResult: (result: Result) => inbox.results.push(result),
      onError: (error: unknown) => inbox.failures.push(error),
      onAbort: (error: unknown) => inbox.failures.push(error),
    });
    await waitFor(async () => inbox.isStarted || inbox.results.length + inbox.failures.length > 0);
    return Object.assign(inbox, { cancel: () => void absinthe.cancel(this.absinthe, observed) });
  }
}

/** The client of graphql-ws. */
export class GraphqlWsClient {
  readonly client: Client;
  readonly closes: { code: number; reason: string }[] = [];

  constructor(gateway: Listening, connectionParams: Record<string, unknown> = {}) {
    this.client = createClient({
      url: socketUrl(gateway, '/api'),
      webSocketImpl: WebSocket,
      connectionParams,
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => undefined,
      on: { closed: (event) => this.closes.push(event as { code: number; reason: string }) },
    });
    closers.add(() => void this.client.dispose());
  }

  send(query: string, variables: Record<string, unknown> = {}): Inbox {
    const inbox = new Inbox();
    this.client.subscribe(
      { query, variables },
      {
        next: (result: ExecutionResult<unknown>) => void inbox.results.push(result as Result),
        error: (error) => void inbox.failures.push(error),
        complete: () => (inbox.isStarted = true),
      },
    );
    return inbox;
  }
}

/** A bare socket: frames as they are. */
export class RawClient {
  readonly frames: unknown[] = [];
  close: { code: number; reason: string } | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.frames.push(JSON.parse(String(data))));
    socket.on('close', (code, reason) => (this.close = { code, reason: String(reason) }));
    socket.on('error', () => undefined);
    closers.add(() => socket.terminate());
  }

  static async open(url: string, options: object = {}, protocols: string[] = []): Promise<RawClient> {
    const socket = new WebSocket(url, protocols, options);
    const client = new RawClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Status and body of an upgrade that is refused. */
  static async refusal(url: string, options: object = {}): Promise<[number, string]> {
    const socket = new WebSocket(url, options);
    closers.add(() => socket.terminate());
    socket.on('error', () => undefined);
    const [request, response] = await once(socket, 'unexpected-response');
    const chunks: Buffer[] = await response.toArray();
    request.destroy();
    return [response.statusCode, Buffer.concat(chunks).toString('utf8')];
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  async take(): Promise<unknown> {
    await waitFor(async () => this.frames.length > 0);
    return this.frames.shift();
  }

  async isClosed(): Promise<{ code: number; reason: string }> {
    await waitFor(async () => this.close !== null);
    return this.close!;
  }
}
