import type { ConsumeMessage } from 'amqplib';
import type { BackoffOptions } from '../backoff';
import { OwnQueue } from '../connection/own-queue';
import type { RabbitConnection } from '../connection/rabbit-connection';
import { type Logger, silentLogger } from '../logger';
import type { OutgoingMessage } from '../publishing/outgoing-message';
import type { Publisher } from '../publishing/publisher';
import { RpcRefusedError, RpcTimeoutError, RpcUnavailableError } from './rpc.error';
import type { RpcReply } from './serve-requests';

export interface RpcOptions {
  /** The connection replies come in on. */
  connection: RabbitConnection;
  publisher: Publisher;
  serviceName: string;
  /** Default "reply". */
  replyExchange?: string;
  retry?: BackoffOptions;
  logger?: Logger;
}

export interface RpcRouting {
  exchange: string;
  routingKey: string;
}

export interface RpcRequestOptions {
  timeoutMs: number;
  /** Stable over repeats of the same request: servers make it take effect once. */
  id: string;
  type?: string;
  headers?: Record<string, unknown>;
}

interface Waiting {
  id: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Asks another service over the broker and waits for its reply on an own queue `reply.<service>.<random>`. */
export class Rpc {
  private readonly own: OwnQueue;
  private readonly waiting = new Map<string, Waiting>();
  private readonly logger: Logger;
  private lastCall = 0;

  constructor(private readonly options: RpcOptions) {
    this.logger = options.logger ?? silentLogger;
    this.own = new OwnQueue({
      connection: options.connection,
      namePrefix: `reply.${options.serviceName}`,
      exchange: options.replyExchange ?? 'reply',
      keysOf: (queue) => [queue],
      onMessage: (message) => this.onReply(message),
      onLost: () => this.failAll('reply queue lost'),
      retry: options.retry,
      logger: this.logger,
    });
  }

  start(): void {
    this.own.start();
  }

  get isOpen(): boolean {
    return this.own.name !== undefined;
  }

  /** Resolves with the server's value. Throws RpcTimeoutError, RpcUnavailableError (both TransientError), or what the server
   *  answered as RpcRefusedError. */
  request(routing: RpcRouting, body: unknown, options: RpcRequestOptions): Promise<unknown> {
    const replyTo = this.own.name;
    if (replyTo === undefined) return Promise.reject(new RpcUnavailableError(options.id, 'no reply queue', false));
    // One id may be asked twice at once; each call has its own place to be answered at.
    this.lastCall += 1;
    const correlationId = `${options.id}#${this.lastCall}`;
    const reply = this.replyTo(correlationId, options);
    const request: OutgoingMessage = {
      ...routing,
      body: JSON.stringify(body),
      messageId: options.id,
      type: options.type,
      headers: options.headers,
      replyTo,
      correlationId,
      // Nobody waits for it after that.
      expirationMs: options.timeoutMs,
      persistent: false,
    };
    this.options.publisher.publish(request).then(
      (result) => {
        if (result.status === 'returned') {
          this.fail(correlationId, new RpcUnavailableError(options.id, 'nobody serves it', false));
        } else if (result.status === 'unavailable' && !result.maybeSent) {
          this.fail(correlationId, new RpcUnavailableError(options.id, result.reason, false));
        }
      },
      (error: unknown) => this.fail(correlationId, error as Error),
    );
    return reply;
  }

  async stop(): Promise<void> {
    await this.own.stop();
    this.failAll('closed');
  }

  private replyTo(correlationId: string, { id, timeoutMs }: RpcRequestOptions): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => this.fail(correlationId, new RpcTimeoutError(id, timeoutMs)), timeoutMs);
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(correlationId);
      };
      this.waiting.set(correlationId, {
        id,
        resolve: (value) => {
          end();
          resolve(value);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
    });
  }

  private onReply(message: ConsumeMessage): void {
    const waiting = this.waiting.get(String(message.properties.correlationId));
    if (!waiting) {
      this.logger.debug({ messageId: message.properties.messageId as unknown }, 'reply came too late');
      return;
    }
    const reply = parseReply(message.content);
    if (!reply) waiting.reject(new RpcUnavailableError(waiting.id, 'reply not understood', true));
    else if (reply.ok) waiting.resolve(reply.value);
    else waiting.reject(new RpcRefusedError(reply.code, reply.text, reply.details));
  }

  private fail(correlationId: string, error: Error): void {
    this.waiting.get(correlationId)?.reject(error);
  }

  private failAll(reason: string): void {
    for (const waiting of [...this.waiting.values()]) waiting.reject(new RpcUnavailableError(waiting.id, reason, true));
  }
}

const parseReply = (content: Buffer): RpcReply | undefined => {
  try {
    const reply = JSON.parse(content.toString('utf8')) as RpcReply;
    return typeof reply?.ok === 'boolean' ? reply : undefined;
  } catch {
    // Not JSON is the same as not a reply: the caller is told so.
    return undefined;
  }
};
