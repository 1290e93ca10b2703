import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import type { Tracing } from '@groundswell/observability';
import { BrokerConnections, type BrokerConnectionsOptions } from '../connection/broker-connections';
import { BrokerHealth } from '../connection/broker-health';
import type { ConsumerDefinition } from '../consuming/consumer-definition';
import { ConsumerSupervisor, type ConsumerSupervisorOptions } from '../consuming/consumer-supervisor';
import { Publisher, type PublisherOptions } from '../publishing/publisher';
import { Rpc } from '../requests/rpc';
import { RabbitTransport } from './rabbit-transport';

export interface MessagingOptions extends BrokerConnectionsOptions {
  /** The app's consumers table. */
  consumers: readonly ConsumerDefinition[];
  consuming: Omit<ConsumerSupervisorOptions, 'connection' | 'logger' | 'metrics' | 'tracing'>;
  publishing?: Omit<PublisherOptions, 'connection' | 'logger' | 'metrics' | 'tracing'>;
  /** Where the steps of traces are recorded; without it they are handed on all the same. */
  tracing?: Tracing;
  metrics?: ConsumerSupervisorOptions['metrics'];
  /** Whether this service sends requests, and so needs a reply queue. Default false. */
  sendsRequests?: boolean;
}

export interface MessagingAsyncOptions extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider, 'inject'> {
  useFactory: FactoryProvider<MessagingOptions>['useFactory'];
}

const OPTIONS = Symbol('MessagingOptions');

const provide = <T>(provide: FactoryProvider['provide'], inject: unknown[], useFactory: (...args: never[]) => T) =>
  ({ provide, inject, useFactory }) as FactoryProvider;

const providers: Provider[] = [
  provide(BrokerConnections, [OPTIONS], (options: MessagingOptions) => {
    const connections = new BrokerConnections(options);
    connections.start();
    return connections;
  }),
  provide(BrokerHealth, [BrokerConnections], ({ health }: BrokerConnections) => health),
  provide(Publisher, [OPTIONS, BrokerConnections], (options: MessagingOptions, { publish }: BrokerConnections) => {
    const { logger, metrics, tracing, publishing } = options;
    const publisher = new Publisher({ ...publishing, logger, metrics, tracing, connection: publish });
    publisher.start();
    return publisher;
  }),
  provide(
    ConsumerSupervisor,
    [OPTIONS, BrokerConnections],
    (options: MessagingOptions, { consume }: BrokerConnections) => {
      const { logger, metrics, tracing, consuming } = options;
      return new ConsumerSupervisor({ ...consuming, logger, metrics, tracing, connection: consume });
    },
  ),
  provide(
    Rpc,
    [OPTIONS, BrokerConnections, Publisher],
    (options: MessagingOptions, { consume }: BrokerConnections, publisher: Publisher) => {
      const { serviceName, logger, sendsRequests } = options;
      const rpc = new Rpc({ connection: consume, publisher, serviceName, logger });
      if (sendsRequests) rpc.start();
      return rpc;
    },
  ),
  provide(
    RabbitTransport,
    [ConsumerSupervisor, OPTIONS],
    (supervisor: ConsumerSupervisor, { consumers }: MessagingOptions) => new RabbitTransport(supervisor, consumers),
  ),
];

const publicNames = [BrokerConnections, BrokerHealth, Publisher, ConsumerSupervisor, Rpc, RabbitTransport];

/** One per app, global. On shutdown: consumers finish and ack the batch in hand (when the transport closes, before any
 *  `onApplicationShutdown`), then outstanding confirms (at most 5 s), then the connections. So what a handler needs closes
 *  in its own `onApplicationShutdown`, and what publishes by itself stops before, in `beforeApplicationShutdown`. */
@Module({})
export class MessagingModule implements OnApplicationShutdown {
  constructor(
    @Inject(ConsumerSupervisor) private readonly supervisor: ConsumerSupervisor,
    @Inject(Rpc) private readonly rpc: Rpc,
    @Inject(Publisher) private readonly publisher: Publisher,
    @Inject(BrokerConnections) private readonly connections: BrokerConnections,
  ) {}

  static forRoot(options: MessagingOptions): DynamicModule {
    return MessagingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports, inject, useFactory }: MessagingAsyncOptions): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      imports,
      providers: [{ provide: OPTIONS, inject: inject ?? [], useFactory }, ...providers],
      exports: publicNames,
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.supervisor.stop();
    await this.publisher.close();
    await this.rpc.stop();
    await this.connections.close();
  }
}
