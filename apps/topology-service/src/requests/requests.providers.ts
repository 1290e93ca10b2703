import type { FactoryProvider } from '@nestjs/common';
import { BrokerConnections, ConsumerSupervisor, prometheusMetrics, Publisher } from '@groundswell/messaging';
import { Metrics, type Logger } from '@groundswell/observability';
import { Database, isDatabaseFault, ParkedRepository } from '@groundswell/persistence';
import { LOGGER } from '../app.tokens';
import { requestConsumer } from '../consumers';
import { CrmAccess } from '../crm-access/crm-access';
import { QueueSetRepository } from '../reconciliation/queue-set.repository';
import { OrgQueueReports } from '../reporting/org-queue-report';
import { TopologyReports } from '../reporting/topology-report';
import { AnswerRequestsHandler } from './answer-requests.handler';

type ReportParts = [Database, QueueSetRepository, TopologyReports];
type HandlerParts = [CrmAccess, OrgQueueReports, Publisher, Logger];
type SupervisorParts = [BrokerConnections, Database, AnswerRequestsHandler, Metrics, Logger];

/** What is asked of this service, and what takes it from its queue. Started and stopped by the runtime. */
export const requestProviders: FactoryProvider[] = [
  {
    provide: OrgQueueReports,
    inject: [Database, QueueSetRepository, TopologyReports],
    useFactory: (...[database, queueSets, reports]: ReportParts) =>
      new OrgQueueReports(database, queueSets, () => reports.figures()),
  },
  {
    provide: AnswerRequestsHandler,
    inject: [CrmAccess, OrgQueueReports, Publisher, LOGGER],
    useFactory: (...[access, queues, publisher, logger]: HandlerParts) =>
      new AnswerRequestsHandler(access, queues, publisher, logger),
  },
  {
    provide: ConsumerSupervisor,
    inject: [BrokerConnections, Database, AnswerRequestsHandler, Metrics, LOGGER],
    useFactory: (...[{ consume }, database, handler, metrics, logger]: SupervisorParts) => {
      const parked = new ParkedRepository(database, 'topology');
      const supervisor = new ConsumerSupervisor({
        ...{ connection: consume, parking: parked, attempts: parked, isTransient: isDatabaseFault, logger },
        metrics: prometheusMetrics(metrics),
      });
      supervisor.register(requestConsumer, handler);
      return supervisor;
    },
  },
];
