import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import { AcceptingModule } from './accepting/accepting.module';
import type { MailConfig } from './config';
import { consumers } from './consumers';
import { AddressKeysModule } from './deliveries/address-keys.module';
import { EventsModule } from './events/events.module';
import { LoopsModule } from './events/loops/loops.module';
import { WebhooksModule } from './events/webhooks/webhooks.module';
import { MailingsModule } from './mailings/mailings.module';
import { RequestsModule } from './requests/requests.module';
import { SendingModule } from './sending/sending.module';
import { TargetsModule } from './targets/targets.module';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<MailConfig>): DynamicModule {
    const { config } = runtime;
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, { name: 'email-delivery', schema: 'mail', consumers }),
        AddressKeysModule.forRoot(config),
        TargetsModule.forRoot(config),
        EventsModule.forRoot(config),
        LoopsModule.forRoot(config),
        WebhooksModule.forRoot(config),
        SendingModule.forRoot(config),
        AcceptingModule.forRoot(config),
        MailingsModule.forRoot(config),
        RequestsModule.forRoot(config),
      ],
    };
  }
}
