import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { noErrorReports, type ErrorReports } from './error-reports/error-reports';
import { noTracing, type Tracing } from './tracing/tracing';

/** What this process tells about itself to others beside log and metrics. */
export interface Telemetry {
  tracing: Tracing;
  reports: ErrorReports;
}

export const noTelemetry: Telemetry = { tracing: noTracing, reports: noErrorReports };

export const TRACING = Symbol('tracing');
export const ERROR_REPORTS = Symbol('error reports');

/** Global. First in the imports of an app: then it ends last, and what the others did until their end is sent. */
@Module({})
export class TelemetryModule implements OnApplicationShutdown {
  constructor(
    @Inject(TRACING) private readonly tracing: Tracing,
    @Inject(ERROR_REPORTS) private readonly reports: ErrorReports,
  ) {}

  static forRoot({ tracing, reports }: Telemetry): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      providers: [
        { provide: TRACING, useValue: tracing },
        { provide: ERROR_REPORTS, useValue: reports },
      ],
      exports: [TRACING, ERROR_REPORTS],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.tracing.close(), this.reports.close()]);
  }
}
