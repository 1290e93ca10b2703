import { Module } from '@nestjs/common';
import { ConfirmDecidingModule } from '../confirms/confirm-deciding.module';
import { CodeDecisionsService } from './code-decisions.service';
import { DecisionsModule } from './decisions.module';
import { ModerationResolver } from './moderation.resolver';
import { ModerationService } from './moderation.service';

/** Moderation, and whatever else is accepted or rejected by code, by API. */
@Module({
  imports: [DecisionsModule, ConfirmDecidingModule],
  providers: [ModerationService, CodeDecisionsService, ModerationResolver],
})
export class ModerationModule {}
