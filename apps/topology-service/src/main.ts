import 'reflect-metadata';
import { describeConfig, loadConfigOrExit } from '@groundswell/config';
import { createLogger } from '@groundswell/observability';
import { configSchema } from './config';
import { createApp } from './create-app';

const config = loadConfigOrExit(configSchema);
const logger = createLogger({ service: 'topology-service', level: config.LOG_LEVEL });
logger.info({ config: describeConfig(configSchema, config) }, 'starting');
const app = await createApp(config, logger);
await app.listen(config.PORT, config.HOST);
