import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { ForwarderConfig } from './config';
import { consumers } from './consumers';
import { DeadModule } from './dead/dead.module';
import { PushingModule } from './pushing/pushing.module';
import { RequestsModule } from './requests/requests.module';
import { TakingOverModule } from './taking-over/taking-over.module';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<ForwarderConfig>): DynamicModule {
    const { config } = runtime;
    const topology = { aliasByDefault: config.QUEUE_ALIAS, deployedServices: new Set(config.DEPLOYED_SERVICES) };
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, { name: 'crm-forwarder', schema: 'forwarder', consumers, topology }),
        PushingModule.forRoot(config),
        TakingOverModule.forRoot(config),
        DeadModule,
        RequestsModule,
      ],
    };
  }
}
