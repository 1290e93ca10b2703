import type { FactoryProvider } from '@nestjs/common';
import { BrokerConnections, ConsumerSupervisor, prometheusMetrics, Publisher } from '@groundswell/messaging';
import { Metrics, type Logger } from '@groundswell/observability';
import { Database, isDatabaseFault, ParkedRepository } from '@groundswell/persistence';
import {
  AnswerOperationsHandler,
  ConsumerPauses,
  operationConsumer,
  Operations,
  ParkedOperations,
} from '@groundswell/service';
import { LOGGER } from '../app.tokens';
import { requestConsumer } from '../consumers';
import { CrmAccess } from '../crm-access/crm-access';
import { QueueSetRepository } from '../reconciliation/queue-set.repository';
import { BrokerQueueReports } from '../reporting/broker-queue-report';
import { OrgQueueReports } from '../reporting/org-queue-report';
import { TopologyReports } from '../reporting/topology-report';
import { AnswerRequestsHandler } from './answer-requests.handler';

type ReportParts = [Database, QueueSetRepository, TopologyReports];
type HandlerParts = [CrmAccess, OrgQueueReports, BrokerQueueReports, Publisher, Logger];
type SupervisorParts = [BrokerConnections, Database, Metrics, Logger];
type PausesParts = [Database, ConsumerSupervisor, AnswerRequestsHandler, Publisher, Logger];

/** What is asked of this service, and what takes it from its queue. Started and stopped by the runtime. */
export const requestProviders: FactoryProvider[] = [
  {
    provide: OrgQueueReports,
    inject: [Database, QueueSetRepository, TopologyReports],
    useFactory: (...[database, queueSets, reports]: ReportParts) =>
      new OrgQueueReports(database, queueSets, () => reports.figures()),
  },
  {
    provide: BrokerQueueReports,
    inject: [Database, QueueSetRepository, TopologyReports],
    useFactory: (...[database, queueSets, reports]: ReportParts) =>
      new BrokerQueueReports(database, queueSets, () => reports.figures()),
  },
  {
    provide: AnswerRequestsHandler,
    inject: [CrmAccess, OrgQueueReports, BrokerQueueReports, Publisher, LOGGER],
    useFactory: (...[access, queues, brokerQueues, publisher, logger]: HandlerParts) =>
      new AnswerRequestsHandler(access, queues, brokerQueues, publisher, logger),
  },
  {
    provide: ConsumerSupervisor,
    inject: [BrokerConnections, Database, Metrics, LOGGER],
    useFactory: (...[{ consume }, database, metrics, logger]: SupervisorParts) => {
      const parked = new ParkedRepository(database, 'topology');
      return new ConsumerSupervisor({
        ...{ connection: consume, parking: parked, attempts: parked, isTransient: isDatabaseFault, logger },
        metrics: prometheusMetrics(metrics),
      });
    },
  },
  {
    provide: ConsumerPauses,
    inject: [Database, ConsumerSupervisor, AnswerRequestsHandler, Publisher, LOGGER],
    useFactory: (...[database, supervisor, requests, publisher, logger]: PausesParts) => {
      const pauses = new ConsumerPauses(database, 'topology', supervisor, logger);
      const parked = new ParkedOperations(database, publisher, 'topology');
      const operations = new Operations({ parked, pauses, jobs: null });
      supervisor.register(requestConsumer, requests);
      supervisor.register(
        operationConsumer('topology-service'),
        new AnswerOperationsHandler(operations, logger, publisher),
      );
      return pauses;
    },
  },
];
