import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { cryptoReady } from '@groundswell/crypto';
import { asNestLogger, HealthRegistry, Metrics, type Logger } from '@groundswell/observability';
import { AppModule } from './app.module';
import type { TopologyConfig } from './config';

/** The whole service, not listening yet. */
export async function createApp(config: TopologyConfig, logger: Logger): Promise<NestFastifyApplication> {
  await cryptoReady();
  const health = new HealthRegistry({
    onChange: (check, { state, detail }) =>
      logger[state === 'up' ? 'info' : 'warn']({ check, state, detail }, 'health'),
  });
  const metrics = new Metrics('topology-service');
  const module = AppModule.forRoot({ config, logger, health, metrics });
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: asNestLogger(logger),
  });
  app.enableShutdownHooks();
  return app;
}
