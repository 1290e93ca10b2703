import { type CustomTransportStrategy, type MessageHandler as NestHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ConsumerDefinition } from '../consuming/consumer-definition';
import type { ConsumerSupervisor } from '../consuming/consumer-supervisor';
import type { BatchHandler, MessageHandler } from '../consuming/message-handler';
import type { Outcome } from '../consuming/outcome';

/** Nest's way in: `app.connectMicroservice({ strategy: app.get(RabbitTransport) })`. It hands every class marked with
 *  `@Consumes` to the supervisor, and refuses to start unless handlers and the consumers table match one to one. */
export class RabbitTransport extends Server implements CustomTransportStrategy {
  private readonly claims = new Map<string, number>();
  private isListening = false;

  constructor(
    private readonly supervisor: ConsumerSupervisor,
    private readonly definitions: readonly ConsumerDefinition[],
  ) {
    super();
  }

  override addHandler(
    pattern: unknown,
    callback: NestHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ) {
    const id = String(pattern);
    this.claims.set(id, (this.claims.get(id) ?? 0) + 1);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  listen(callback: (error?: Error) => void): void {
    const problems = this.findProblems();
    if (problems.length > 0) {
      callback(new Error(`consumers do not match their handlers: ${problems.join('; ')}`));
      return;
    }
    if (!this.isListening) {
      this.isListening = true;
      for (const definition of this.definitions) {
        const handler = this.messageHandlers.get(definition.id);
        if (handler) this.supervisor.register(definition, toHandler(definition, handler));
      }
      this.supervisor.start();
    }
    callback();
  }

  close(): Promise<void> {
    return this.supervisor.stop();
  }

  on(): never {
    throw new Error('no events here: BrokerHealth and ConsumerSupervisor have listeners');
  }

  unwrap<T>(): T {
    return this.supervisor as T;
  }

  private findProblems(): string[] {
    const problems: string[] = [];
    const listed = new Set<string>();
    for (const { id, kind } of this.definitions) {
      if (listed.has(id)) problems.push(`"${id}" is listed twice`);
      listed.add(id);
      const handler = this.messageHandlers.get(id);
      if (!handler) problems.push(`"${id}" is listed but has no handler`);
      else if (handler.extras?.kind !== kind) problems.push(`"${id}" is listed as ${kind} but its handler is not`);
    }
    for (const [id, count] of this.claims) {
      if (!listed.has(id)) problems.push(`"${id}" has a handler but is not listed`);
      if (count > 1) problems.push(`"${id}" has ${count} handlers`);
    }
    return problems;
  }
}

const toHandler = (
  { kind }: ConsumerDefinition,
  handler: NestHandler,
): MessageHandler<unknown> | BatchHandler<unknown> => {
  const call = async (payload: unknown, context?: unknown): Promise<unknown> => {
    const result: unknown = await handler(payload, context);
    // Nest wraps the result once an interceptor is in the way.
    return isObservable(result) ? lastValueFrom(result) : result;
  };
  return kind === 'batch'
    ? { handleBatch: async (items) => (await call(items)) as Outcome[] }
    : { handle: async (message, envelope) => (await call(message, envelope)) as Outcome };
};
