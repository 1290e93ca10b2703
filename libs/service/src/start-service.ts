import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { describeConfig, loadConfigOrExit } from '@groundswell/config';
import { RabbitTransport } from '@groundswell/messaging';
import { asNestLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { observeProcess, type ObservedConfig } from './observed-process';
import type { Runtime } from './runtime';

/** The root module of a service, built from what was read at its start. */
export interface ServiceModule<C> {
  forRoot(runtime: Runtime<C>): DynamicModule;
}

type ListeningSchema = z.ZodObject<
  { PORT: z.ZodType<number>; HOST: z.ZodType<string> } & {
    [Name in keyof ObservedConfig]-?: z.ZodType<ObservedConfig[Name]>;
  }
>;

export interface ServiceProgram<S extends ListeningSchema> {
  name: string;
  configSchema: S;
  module: ServiceModule<Readonly<z.output<S>>>;
  /** Declares every metric of the service; one that is not among them keeps it from starting. */
  declareMetrics(metrics: Metrics): void;
}

/** The app with its consumers attached: `startAllMicroservices` makes them consume, `listen` opens the port. */
export async function createService<C>(module: ServiceModule<C>, runtime: Runtime<C>): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module.forRoot(runtime), new FastifyAdapter(), {
    logger: asNestLogger(runtime.logger),
  });
  app.connectMicroservice({ strategy: app.get(RabbitTransport) });
  return app;
}

/** All that `main.ts` of a service does: reads the configuration, consumes, listens, and ends in order when told to. */
export async function startService<S extends ListeningSchema>(program: ServiceProgram<S>): Promise<void> {
  const { name, configSchema, module, declareMetrics } = program;
  const config = loadConfigOrExit(configSchema);
  const { logger, ...telemetry } = await observeProcess(name, config);
  logger.info({ config: describeConfig(configSchema, config as z.output<S>) }, 'starting');
  const metrics = new Metrics(name);
  declareMetrics(metrics);
  metrics.seal();
  const app = await createService(module, {
    config,
    logger,
    health: new HealthRegistry(),
    metrics,
    telemetry,
  });
  app.enableShutdownHooks();
  await app.startAllMicroservices();
  await app.listen(config.PORT, config.HOST);
  logger.info({ port: config.PORT }, 'ready');
}
