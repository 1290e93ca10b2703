import 'reflect-metadata';
import { startService } from '@groundswell/service';
import { AppModule } from './app.module';
import { configSchema } from './config';

await startService({ name: 'crm-forwarder', configSchema, module: AppModule });
