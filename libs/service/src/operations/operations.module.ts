import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isJobSchema, JobRunner } from '@groundswell/jobs';
import { ConsumerSupervisor, Publisher } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { Database, type OwnedSchema } from '@groundswell/persistence';
import { appLogger } from '../runtime';
import { AnswerOperationsHandler } from './answer-operations.handler';
import { ConsumerPauses } from './consumer-pauses';
import { JobOperations } from './job-operations';
import { Operations } from './operations';
import { ParkedOperations } from './parked-operations';

export interface OperationsSettings {
  schema: OwnedSchema;
  /** Names of the service's job types. */
  jobTypes: readonly string[];
}

/** What every service does for operators: parked messages, jobs, pauses of consumers. */
@Module({})
export class OperationsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly pauses: ConsumerPauses) {}

  static forRoot({ schema, jobTypes }: OperationsSettings): DynamicModule {
    return {
      module: OperationsModule,
      controllers: [AnswerOperationsHandler],
      providers: [
        {
          provide: ConsumerPauses,
          inject: [Database, ConsumerSupervisor, appLogger],
          useFactory: async (database: Database, consumers: ConsumerSupervisor, logger: Logger) => {
            const pauses = new ConsumerPauses(database, schema, consumers, logger);
            await pauses.load();
            return pauses;
          },
        },
        {
          provide: Operations,
          inject: [Database, Publisher, ConsumerPauses, { token: JobRunner, optional: true }],
          useFactory: (database: Database, publisher: Publisher, pauses: ConsumerPauses, runner?: JobRunner) => {
            const parked = new ParkedOperations(database, publisher, schema);
            const wake = () => runner?.wake();
            const jobs = isJobSchema(schema) ? new JobOperations({ database, schema, types: jobTypes, wake }) : null;
            return new Operations({ parked, pauses, jobs });
          },
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.pauses.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.pauses.stop();
  }
}
