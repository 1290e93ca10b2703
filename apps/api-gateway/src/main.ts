import 'reflect-metadata';
import { describeConfig, loadConfigOrExit } from '@groundswell/config';
import { createLogger } from '@groundswell/observability';
import { configSchema } from './config';
import { createApp } from './http/create-app';

const config = loadConfigOrExit(configSchema);
const logger = createLogger({ service: 'api-gateway', level: config.LOG_LEVEL });
logger.info({ config: describeConfig(configSchema, config) }, 'starting');

const app = await createApp(config, logger, (reason) => {
  logger.fatal({ err: reason }, 'refusing to run');
  process.exitCode = 1;
  process.kill(process.pid, 'SIGTERM');
});
await app.listen(config.PORT, config.HOST);
logger.info({ port: config.PORT }, 'ready');
