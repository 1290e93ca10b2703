import { daemonDelayOf } from '@groundswell/config';
import type { Logger, Metrics } from '@groundswell/observability';
import { LeaseRepository, prometheusTasks, TaskScheduler, type Database } from '@groundswell/persistence';
import type { MailConfig } from './config';

/** A scheduler of this service's own tasks, for a module that stops them at its own time. */
export const mailTasks = (config: MailConfig, database: Database, logger: Logger, metrics: Metrics): TaskScheduler => {
  const leases = new LeaseRepository('mail');
  return new TaskScheduler(
    database,
    leases,
    config.REPLICA_ID,
    logger,
    prometheusTasks(metrics),
    daemonDelayOf(config),
  );
};
