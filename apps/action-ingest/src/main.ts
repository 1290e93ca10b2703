import 'reflect-metadata';
import { startService } from '@groundswell/service';
import { AppModule } from './app.module';
import { configSchema } from './config';
import { declareMetrics } from './declared-metrics';

await startService({ name: 'action-ingest', configSchema, declareMetrics, module: AppModule });
