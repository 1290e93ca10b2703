import type { DynamicModule } from '@nestjs/common';
import { daemonDelayOf, type DaemonConfig } from '@groundswell/config';
import {
  isJobSchema,
  JobsModule,
  PrometheusJobMetrics,
  type JobRunnerOptions,
  type JobSchedule,
  type JobType,
  type RunnerSettings,
} from '@groundswell/jobs';
import { isTransient } from '@groundswell/messaging';
import { Database, isDatabaseFault, type OwnedSchema } from '@groundswell/persistence';
import type { Runtime } from './runtime';

/** The background jobs of a service, whose schema must have job tables. Handlers are providers marked with `@RunsJob`. */
export interface ServiceJobs {
  /** The app's `jobs.ts`. */
  types: readonly JobType[];
  schedules?: readonly JobSchedule[];
  settings?: Partial<RunnerSettings>;
}

/** After the outbox in the imports, so that jobs end before it does. */
export function serviceJobs(
  { config, logger, metrics }: Runtime<DaemonConfig & { REPLICA_ID: string }>,
  schema: OwnedSchema,
  jobs: ServiceJobs,
): DynamicModule {
  if (!isJobSchema(schema)) throw new Error(`schema "${schema}" has no job tables`);
  return JobsModule.forRootAsync({
    inject: [Database],
    useFactory: (database: Database): JobRunnerOptions => ({
      ...jobs,
      database,
      schema,
      logger,
      workerId: config.REPLICA_ID,
      isTransient: (error) => isTransient(error) || isDatabaseFault(error),
      metrics: new PrometheusJobMetrics(metrics),
      settings: { startDelayMs: daemonDelayOf(config), ...jobs.settings },
    }),
  });
}
