import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeConfig, loadConfigOrExit } from '@groundswell/config';
import { RabbitTransport } from '@groundswell/messaging';
import { asNestLogger, createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { AppModule } from './app.module';
import { configSchema } from './config';

const config = loadConfigOrExit(configSchema);
const logger = createLogger({ service: 'email-delivery', level: config.LOG_LEVEL });
logger.info({ config: describeConfig(configSchema, config) }, 'starting');

const health = new HealthRegistry();
const metrics = new Metrics('email-delivery');
const app = await NestFactory.create<NestFastifyApplication>(
  AppModule.forRoot({ config, logger, health, metrics }),
  new FastifyAdapter(),
  { logger: asNestLogger(logger) },
);
app.enableShutdownHooks();
app.connectMicroservice({ strategy: app.get(RabbitTransport) });
await app.startAllMicroservices();
await app.listen(config.PORT, config.HOST);
logger.info({ port: config.PORT }, 'ready');
