import { Module } from '@nestjs/common';
import type { Logger } from '@groundswell/observability';
import { Catalogue, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { RemindVolunteerHandler } from './remind-volunteer.handler';

/** Reminds volunteers of follow-up items that are due. */
@Module({
  providers: [
    {
      provide: RemindVolunteerHandler,
      inject: [Catalogue, OutboxRepository, OutboxRelay, appLogger],
      useFactory: (...parts: [Catalogue, OutboxRepository, OutboxRelay, Logger]) =>
        new RemindVolunteerHandler(...parts),
    },
  ],
})
export class FollowUpRemindersModule {}
