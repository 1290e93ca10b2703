import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { cryptoReady } from '@groundswell/crypto';
import { asNestLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import type { Logger } from '@groundswell/observability';
import { AppModule } from '../app.module';
import type { GatewayConfig } from '../config';
import { createHttpAdapter } from './http-adapter';

/** The whole service, not listening yet. `refuseToRun` ends the process. */
export const createApp = async (
  config: GatewayConfig,
  logger: Logger,
  refuseToRun: (reason: Error) => void,
): Promise<NestFastifyApplication> => {
  await cryptoReady();
  const health = new HealthRegistry({
    onChange: (check, { state, detail }) =>
      logger[state === 'up' ? 'info' : 'warn']({ check, state, detail }, 'health'),
  });
  const metrics = new Metrics('api-gateway');
  const adapter = await createHttpAdapter({
    allowedOrigins: config.CORS_ALLOW_ORIGIN,
    trustedProxies: config.TRUSTED_PROXIES,
  });
  const module = AppModule.forRoot({ config, logger, health, metrics, refuseToRun });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: asNestLogger(logger) });
  app.enableShutdownHooks();
  return app;
};
