import {
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { JobControl } from './job-control';
import type { JobHandler } from './job-handler';
import { JobQueue } from './job-queue';
import { JobRunner, type JobRunnerOptions } from './job-runner';
import type { JobType } from './job-type';

const typeKey = 'groundswell:job-type';
const OPTIONS = Symbol('JobRunnerOptions');

/** Makes a provider the handler of a type that is listed in the app's `jobs.ts`. */
export const RunsJob =
  ({ name }: Pick<JobType, 'name'>): ClassDecorator =>
  (target) => {
    Reflect.defineMetadata(typeKey, name, target);
    Injectable()(target);
  };

export interface JobsAsyncOptions extends Pick<FactoryProvider, 'inject'> {
  useFactory: FactoryProvider<JobRunnerOptions>['useFactory'];
}

/**
 * One per app, global: JobQueue, JobControl and JobRunner. Refuses to boot unless each type has exactly one handler. Stops before
 * the modules that are imported before it: what a handler needs comes first.
 */
@Module({})
export class JobsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(JobRunner) private readonly runner: JobRunner,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {}

  static forRootAsync({ inject, useFactory }: JobsAsyncOptions): DynamicModule {
    const given = (provide: FactoryProvider['provide'], make: (options: JobRunnerOptions) => object) => ({
      provide,
      inject: [OPTIONS],
      useFactory: make,
    });
    return {
      module: JobsModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        { provide: OPTIONS, inject: inject ?? [], useFactory },
        given(JobRunner, (options) => new JobRunner(options)),
        given(JobQueue, ({ schema }) => new JobQueue(schema)),
        given(JobControl, ({ schema }) => new JobControl(schema)),
      ],
      exports: [JobRunner, JobQueue, JobControl],
    };
  }

  onApplicationBootstrap(): void {
    this.runner.start(this.findHandlers());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }

  private findHandlers(): { name: string; handler: JobHandler }[] {
    const instances = new Set(this.discovery.getProviders().map(({ instance }) => instance as unknown));
    return [...instances].flatMap((instance) => {
      if (typeof instance !== 'object' || instance === null) return [];
      const name: unknown = Reflect.getMetadata(typeKey, instance.constructor ?? Object);
      return typeof name === 'string' ? [{ name, handler: instance as JobHandler }] : [];
    });
  }
}
