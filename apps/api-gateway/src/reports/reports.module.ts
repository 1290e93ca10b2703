import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { StatsServiceClient } from '../asking/stats-service.client';
import { AccessFinder } from '../users/access-finder';
import { ReportLinkRoutes } from './report-link.routes';
import { ReportLinks } from './report-links';
import { ReportResolver } from './report.resolver';
import { ReportService } from './report.service';

/** Background reports. Needs the global MessagingModule, which must send requests, and ObjectStoreModule. */
@Module({ providers: [StatsServiceClient, ReportService, ReportResolver] })
export class ReportsModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    private readonly database: Database,
    private readonly access: AccessFinder,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {}

  async onModuleInit(): Promise<void> {
    const links = new ReportLinks({ database: this.database, access: this.access, store: this.store });
    await new ReportLinkRoutes(links).register(this.adapterHost.httpAdapter.getInstance<FastifyInstance>());
  }
}
