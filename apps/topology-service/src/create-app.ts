import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { cryptoReady } from '@groundswell/crypto';
import {
  asNestLogger,
  HealthRegistry,
  Metrics,
  noTelemetry,
  type Logger,
  type Telemetry,
} from '@groundswell/observability';
import { AppModule } from './app.module';
import type { TopologyConfig } from './config';
import { declareMetrics } from './declared-metrics';

/** The whole service, not listening yet. */
export async function createApp(
  config: TopologyConfig,
  logger: Logger,
  telemetry: Telemetry = noTelemetry,
): Promise<NestFastifyApplication> {
  await cryptoReady();
  const health = new HealthRegistry({
    onChange: (check, { state, detail }) =>
      logger[state === 'up' ? 'info' : 'warn']({ check, state, detail }, 'health'),
  });
  const metrics = new Metrics('topology-service');
  declareMetrics(metrics);
  metrics.seal();
  const module = AppModule.forRoot({ config, logger, health, metrics, telemetry });
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: asNestLogger(logger),
  });
  app.enableShutdownHooks();
  return app;
}
