import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConsumerSupervisor } from '@groundswell/messaging';
import { Metrics, TRACING, type Logger, type Tracing } from '@groundswell/observability';
import { Database, OutboxRelay, OutboxRepository, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { arePrivateHostsAllowed, envelopeOf, type ForwarderConfig } from '../config';
import { SqsBackend } from '../sqs/sqs.backend';
import { WebhookBackend } from '../webhook/webhook.backend';
import { DisabledNotice } from './disabled-notice';
import { EndpointOpener } from './endpoint-opener';
import { ObservePushesTask } from './observe-pushes.task';
import { PushCall } from './push-call';
import { PushControl } from './push-control';
import { PushMetrics } from './push-metrics';
import { PushSender } from './push-sender';
import { TidyPushesTask } from './tidy-pushes.task';

/** In first waits after a failure: a minute where that is 5 s. */
const explainAfter = 12;
/** Room for what is done around the one call after a rest, ms. */
const probeMarginMs = 5_000;

/** Sends the rows of forwarder.pushes. Stops after the consumers: calls under way end, and their ends are written. */
@Module({})
export class PushingModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly sender: PushSender,
    private readonly tasks: TaskScheduler,
    private readonly tidy: TidyPushesTask,
    private readonly observe: ObservePushesTask,
    private readonly consumers: ConsumerSupervisor,
  ) {}

  static forRoot(config: ForwarderConfig): DynamicModule {
    return {
      module: PushingModule,
      global: true,
      providers: [
        { provide: PushMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new PushMetrics(metrics) },
        { provide: EndpointOpener, useFactory: () => new EndpointOpener(envelopeOf(config), backendsOf(config)) },
        callProvider(config),
        senderProvider(config),
        {
          provide: PushControl,
          inject: [Database, PushSender],
          useFactory: (database: Database, sender: PushSender) => new PushControl(database, sender),
        },
        ...tasks(config),
      ],
      exports: [PushSender, PushControl],
    };
  }

  onApplicationBootstrap(): void {
    this.tasks.start(this.tidy);
    this.tasks.start(this.observe);
    this.sender.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumers.stop();
    await this.tasks.stop();
    await this.sender.stop();
  }
}

function backendsOf(config: ForwarderConfig) {
  const settings = {
    connectTimeoutMs: config.PUSH_CONNECT_TIMEOUT_MS,
    timeoutMs: config.PUSH_TIMEOUT_MS,
    allowPrivate: arePrivateHostsAllowed(config),
  };
  return {
    webhook: new WebhookBackend(settings),
    sqs: new SqsBackend({ ...settings, ...(config.SQS_URL !== undefined && { origin: config.SQS_URL }) }),
  };
}

const callProvider = (config: ForwarderConfig): FactoryProvider<PushCall> => ({
  provide: PushCall,
  inject: [Database, OutboxRepository, OutboxRelay, PushMetrics, appLogger, TRACING],
  useFactory: (...[database, outbox, relay, metrics, logger, tracing]: CallParts) => {
    const settings = { firstMs: config.PUSH_RETRY_FIRST_MS, disableAfterMs: config.PUSH_DISABLE_AFTER_MS };
    return new PushCall(database, new DisabledNotice(outbox, relay), settings, metrics, logger, tracing);
  },
});

const senderProvider = (config: ForwarderConfig): FactoryProvider<PushSender> => ({
  provide: PushSender,
  inject: [Database, EndpointOpener, PushCall, PushMetrics, appLogger],
  useFactory: (...[database, endpoints, call, metrics, logger]: SenderParts) =>
    new PushSender(database, endpoints, call, metrics, logger, {
      replicaId: config.REPLICA_ID,
      slots: { all: config.CALLS_AT_ONCE, perOrg: config.CALLS_PER_ORG },
      leaseMs: config.PUSH_LEASE_MS,
      pollMs: config.PUSH_POLL_MS,
      probeMs: 2 * (config.PUSH_CONNECT_TIMEOUT_MS + config.PUSH_TIMEOUT_MS) + probeMarginMs,
      explainMs: explainAfter * config.PUSH_RETRY_FIRST_MS,
    }),
});

const tasks = (config: ForwarderConfig): FactoryProvider[] => [
  {
    provide: TidyPushesTask,
    inject: [Database, PushSender, appLogger],
    useFactory: (database: Database, sender: PushSender, logger: Logger) =>
      new TidyPushesTask(database, sender, logger, config.TIDY_INTERVAL, config.PUSH_KEEP_DAYS),
  },
  {
    provide: ObservePushesTask,
    inject: [Database, PushMetrics],
    useFactory: (database: Database, metrics: PushMetrics) => new ObservePushesTask(database, metrics),
  },
];

type CallParts = [Database, OutboxRepository, OutboxRelay, PushMetrics, Logger, Tracing];
type SenderParts = [Database, EndpointOpener, PushCall, PushMetrics, Logger];
