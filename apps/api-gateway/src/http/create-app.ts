import { NestFactory } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { cryptoReady } from '@groundswell/crypto';
import { asNestLogger, HealthRegistry, Metrics, noTelemetry } from '@groundswell/observability';
import type { LogFiles, Logger, Telemetry } from '@groundswell/observability';
import { AppModule } from '../app.module';
import { onAudited } from '../catalogue-writing/audit.repository';
import { publicUrlOf, type GatewayConfig } from '../config';
import { declareMetrics } from '../declared-metrics';
import { createHttpAdapter } from './http-adapter';
import { RequestMetrics } from './request-metrics';
import { RequestSpans } from './request-spans';

/** Where it tells what it does beside log and metrics; left out: nowhere. */
export interface Observing {
  telemetry?: Telemetry;
  /** The files of LOGS_DIR. */
  files?: LogFiles | null;
}

/** The whole service, not listening yet. `refuseToRun` ends the process. */
export const createApp = async (
  config: GatewayConfig,
  logger: Logger,
  refuseToRun: (reason: Error) => void,
  { telemetry = noTelemetry, files = null }: Observing = {},
): Promise<NestFastifyApplication> => {
  await cryptoReady();
  const health = new HealthRegistry({
    onChange: (check, { state, detail }) =>
      logger[state === 'up' ? 'info' : 'warn']({ check, state, detail }, 'health'),
  });
  const metrics = new Metrics('api-gateway');
  declareMetrics(metrics);
  metrics.seal();
  const adapter = await createHttpAdapter({
    allowedOrigins: config.CORS_ALLOW_ORIGIN,
    trustedProxies: config.TRUSTED_PROXIES,
    publicUrl: publicUrlOf(config),
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  new RequestMetrics(metrics).watch(fastify);
  new RequestSpans(telemetry.tracing).watch(fastify);
  if (files) keepAudits(fastify, files);
  const module = AppModule.forRoot({ config, logger, health, metrics, telemetry, refuseToRun });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: asNestLogger(logger) });
  app.enableShutdownHooks();
  return app;
};

/** Also in a file, once it is committed. */
const keepAudits = (fastify: FastifyInstance, files: LogFiles): void => {
  const stop = onAudited((line) => files.audit(line));
  fastify.addHook('onClose', (_fastify, done) => {
    stop();
    done();
  });
};
