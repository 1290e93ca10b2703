import { Module } from '@nestjs/common';
import { DecisionsModule } from './decisions.module';
import { ModerationResolver } from './moderation.resolver';
import { ModerationService } from './moderation.service';

/** Moderation by API. */
@Module({ imports: [DecisionsModule], providers: [ModerationService, ModerationResolver] })
export class ModerationModule {}
