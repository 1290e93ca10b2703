import type { FactoryProvider } from '@nestjs/common';
import { Metrics, type Logger } from '@groundswell/observability';
import { Database } from '@groundswell/persistence';
import { CONFIG, LOGGER } from '../app.tokens';
import { ManagementClient } from '../broker/management.client';
import type { TopologyConfig } from '../config';
import { QueueSetRepository } from '../reconciliation/queue-set.repository';
import { ReconcileLease } from '../reconciliation/reconcile-lease';
import { QueueSampler } from './queue-sampler';
import { SampleMetrics } from './sample-metrics';

type SamplerParts = [TopologyConfig, Database, ManagementClient, QueueSetRepository, ReconcileLease, Metrics, Logger];

/** What writes down how much waits. Started and stopped by the runtime. */
export const samplingProviders: FactoryProvider[] = [
  {
    provide: QueueSampler,
    inject: [CONFIG, Database, ManagementClient, QueueSetRepository, ReconcileLease, Metrics, LOGGER],
    useFactory: (...[config, database, management, queueSets, lease, metrics, logger]: SamplerParts) =>
      new QueueSampler(
        { database, management, queueSets, lease, metrics: new SampleMetrics(metrics), logger },
        config.QUEUE_SAMPLE_MS,
      ),
  },
];
