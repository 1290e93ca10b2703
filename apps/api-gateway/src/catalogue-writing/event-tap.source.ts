import { allCatalogueKeys, allTopologyKeys, statsChangedKey } from '@groundswell/contracts';
import { EventTap, type BrokerConnections } from '@groundswell/messaging';
import type { CatalogueLogger, EventSource } from './catalogue-settings';

interface Listening {
  keys: string[];
  listener: (routingKey: string, body: unknown) => void;
}

/**
 * What changed elsewhere in catalogue, topology and counters, heard on one exclusive queue of this process. Whoever listens reads
 * the database anyway: a lost, repeated or late event only changes when.
 */
export class EventTapSource implements EventSource {
  private readonly listening = new Set<Listening>();
  private readonly tap: EventTap<unknown>;

  constructor({ consume }: Pick<BrokerConnections, 'consume'>, serviceName: string, logger: CatalogueLogger) {
    this.tap = new EventTap<unknown>({
      connection: consume,
      serviceName,
      keys: [allCatalogueKeys, allTopologyKeys, statsChangedKey],
      contract: { parse: (body) => body },
      onEvent: (body, { routingKey }) => this.tell(({ keys }) => (keys.includes(routingKey) ? routingKey : null), body),
      onOpen: () => this.tell(({ keys }) => keys[0] ?? null, null),
      logger: {
        debug: () => undefined,
        info: (fields, text) => logger.info(fields, text),
        warn: (fields, text) => logger.warn(fields, text),
        error: (fields, text) => logger.error(fields, text),
      },
    });
  }

  listen(keys: string[], listener: (routingKey: string, body: unknown) => void): () => void {
    const entry = { keys, listener };
    this.listening.add(entry);
    return () => this.listening.delete(entry);
  }

  start(): void {
    this.tap.start();
  }

  stop(): Promise<void> {
    return this.tap.stop();
  }

  private tell(keyFor: (entry: Listening) => string | null, body: unknown): void {
    for (const entry of this.listening) {
      const key = keyFor(entry);
      if (key !== null) entry.listener(key, body);
    }
  }
}
