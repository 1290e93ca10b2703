import { Module } from '@nestjs/common';
import { Metrics } from '@groundswell/observability';
import { ContactReportService } from './contact-report.service';
import { ExportMetrics } from './export-metrics';
import { ExportResolver } from './export.resolver';
import { ExportService } from './export.service';
import { RequeueResolver } from './requeue.resolver';
import { RequeueService } from './requeue.service';

/** Reading actions and contacts out, and sending their messages again. Needs the global AcceptingModule and
 *  MessagingModule, which must send requests. */
@Module({
  providers: [
    {
      provide: ExportMetrics,
      inject: [{ token: Metrics, optional: true }],
      useFactory: (metrics?: Metrics) => metrics && new ExportMetrics(metrics),
    },
    ...[ContactReportService, ExportService, ExportResolver, RequeueService, RequeueResolver],
  ],
})
export class ExportsModule {}
