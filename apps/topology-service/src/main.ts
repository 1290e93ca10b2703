import 'reflect-metadata';
import { describeConfig, loadConfigOrExit } from '@groundswell/config';
import { observeProcess } from '@groundswell/service';
import { configSchema } from './config';
import { createApp } from './create-app';

const config = loadConfigOrExit(configSchema);
const { logger, ...telemetry } = await observeProcess('topology-service', config);
logger.info({ config: describeConfig(configSchema, config) }, 'starting');
const app = await createApp(config, logger, telemetry);
await app.listen(config.PORT, config.HOST);
