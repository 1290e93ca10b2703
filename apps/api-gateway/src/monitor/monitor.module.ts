import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { TopologyClient } from '../crm-access/topology.client';
import { GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { JobMonitorService } from './job-monitor.service';
import { MonitorAccess } from './monitor-access';
import { JobMonitorResolver, ParkedResolver, QueueMonitorResolver } from './monitor.resolver';
import { OperationsClient } from './operations.client';
import { OpsQueuesRoutes } from './ops-queues.routes';
import { ParkedService } from './parked.service';
import { QueueMonitorService } from './queue-monitor.service';
import { QueuePauseService } from './queue-pause.service';

/** What waits everywhere, and what people do about it (docs/queues.md). Needs the global MessagingModule, which must send
 *  requests. */
@Module({
  providers: [
    MonitorAccess,
    OperationsClient,
    TopologyClient,
    QueueMonitorService,
    QueuePauseService,
    JobMonitorService,
    ParkedService,
    QueueMonitorResolver,
    JobMonitorResolver,
    ParkedResolver,
  ],
})
export class MonitorModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    private readonly monitor: QueueMonitorService,
    private readonly pauses: QueuePauseService,
    private readonly jobs: JobMonitorService,
    private readonly parked: ParkedService,
    private readonly authenticator: RequestAuthenticator,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    const { monitor, pauses, jobs, parked, authenticator, logger } = this;
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    await new OpsQueuesRoutes({ monitor, pauses, jobs, parked, authenticator, logger }).register(fastify);
  }
}
