import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { NotifyConfig } from './config';
import { ConfirmsModule } from './confirms/confirms.module';
import { consumers } from './consumers';
import { FactsModule } from './facts/facts.module';
import { FollowUpRemindersModule } from './follow-ups/follow-up-reminders.module';
import { jobSchedules, jobTypes } from './jobs';
import { MailoutsModule } from './mailouts/mailouts.module';
import { RemindersModule } from './reminders/reminders.module';
import { RequestsModule } from './requests/requests.module';
import { RulesModule } from './rules/rules.module';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<NotifyConfig>): DynamicModule {
    const { config } = runtime;
    const topology = { aliasByDefault: config.QUEUE_ALIAS, deployedServices: new Set(config.DEPLOYED_SERVICES) };
    const jobs = { types: jobTypes, schedules: jobSchedules(config) };
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, { name: 'notify-service', schema: 'notify', consumers, topology, jobs }),
        FactsModule,
        ConfirmsModule.forRoot(config),
        RemindersModule.forRoot(config),
        MailoutsModule.forRoot(config),
        FollowUpRemindersModule,
        RulesModule.forRoot(config),
        RequestsModule,
      ],
    };
  }
}
