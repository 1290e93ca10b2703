import 'reflect-metadata';
import { describeConfig, loadConfigOrExit } from '@groundswell/config';
import { observeProcess } from '@groundswell/service';
import { configSchema } from './config';
import { createApp } from './http/create-app';

const config = loadConfigOrExit(configSchema);
const { logger, files, ...telemetry } = await observeProcess('api-gateway', config);
logger.info({ config: describeConfig(configSchema, config) }, 'starting');

const refuseToRun = (reason: Error): void => {
  logger.fatal({ err: reason }, 'refusing to run');
  process.exitCode = 1;
  process.kill(process.pid, 'SIGTERM');
};
const app = await createApp(config, logger, refuseToRun, { telemetry, files });
await app.listen(config.PORT, config.HOST);
logger.info({ port: config.PORT }, 'ready');
