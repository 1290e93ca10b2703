import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { describeConfig, loadConfigOrExit, type LogLevel } from '@groundswell/config';
import { RabbitTransport } from '@groundswell/messaging';
import { asNestLogger, createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import type { Runtime } from './runtime';

/** The root module of a service, built from what was read at its start. */
export interface ServiceModule<C> {
  forRoot(runtime: Runtime<C>): DynamicModule;
}

type ListeningSchema = z.ZodObject<{
  PORT: z.ZodType<number>;
  HOST: z.ZodType<string>;
  LOG_LEVEL: z.ZodType<LogLevel>;
}>;

export interface ServiceProgram<S extends ListeningSchema> {
  name: string;
  configSchema: S;
  module: ServiceModule<Readonly<z.output<S>>>;
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
  const { name, configSchema, module } = program;
  const config = loadConfigOrExit(configSchema);
  const logger = createLogger({ service: name, level: config.LOG_LEVEL });
  logger.info({ config: describeConfig(configSchema, config as z.output<S>) }, 'starting');
  const app = await createService(module, {
    config,
    logger,
    health: new HealthRegistry(),
    metrics: new Metrics(name),
  });
  app.enableShutdownHooks();
  await app.startAllMicroservices();
  await app.listen(config.PORT, config.HOST);
  logger.info({ port: config.PORT }, 'ready');
}
