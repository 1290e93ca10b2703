import type { BackoffOptions } from '../backoff';
import { OwnQueue } from '../connection/own-queue';
import type { RabbitConnection } from '../connection/rabbit-connection';
import { type Envelope, envelopeOf } from '../consuming/envelope';
import type { Contract } from '../consuming/consumer-definition';
import { describeError, type Logger, silentLogger } from '../logger';

export interface EventTapOptions<T> {
  connection: RabbitConnection;
  serviceName: string;
  /** Routing keys to bind, wildcards allowed. */
  keys: readonly string[];
  contract: Contract<T>;
  onEvent(event: T, envelope: Envelope): void;
  /** Called whenever the tap listens (again): what was sent in between is gone, so compare versions or read anew. */
  onOpen?(isFirst: boolean): void;
  /** Default "event". */
  exchange?: string;
  retry?: BackoffOptions;
  logger?: Logger;
}

/** Hears what is published on an exchange while this process lives, every replica all of it: for caches and fan-out, never
 *  for anything that must not be lost. */
export class EventTap<T> {
  private readonly own: OwnQueue;
  private readonly logger: Logger;

  constructor(private readonly options: EventTapOptions<T>) {
    this.logger = options.logger ?? silentLogger;
    this.own = new OwnQueue({
      connection: options.connection,
      namePrefix: `event.${options.serviceName}`,
      exchange: options.exchange ?? 'event',
      keysOf: () => options.keys,
      onMessage: (message, queue) => {
        const envelope = envelopeOf(queue, message, new Date());
        try {
          options.onEvent(options.contract.parse(JSON.parse(message.content.toString('utf8'))), envelope);
        } catch (error) {
          // Not parked: whoever must not miss it reads it from a durable queue.
          this.logger.warn(
            { exchange: envelope.exchange, messageId: envelope.messageId, error: (error as Error).name },
            'event not understood',
          );
        }
      },
      onOpen: (isFirst) => {
        try {
          options.onOpen?.(isFirst);
        } catch (error) {
          this.logger.error(describeError(error), 'onOpen of an event tap threw');
        }
      },
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

  stop(): Promise<void> {
    return this.own.stop();
  }
}
