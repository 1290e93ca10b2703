import { Module } from '@nestjs/common';
import { ActionIngestClient } from '../asking/action-ingest.client';
import { FollowUpChangeService } from './follow-up-change.service';
import { FollowUpResolver } from './follow-up.resolver';
import { FollowUpService } from './follow-up.service';

/** What is left to do about actions and supporters, and how look-ups of details go. Needs the global AcceptingModule, and the
 *  MessagingModule, which must send requests. */
@Module({ providers: [ActionIngestClient, FollowUpService, FollowUpChangeService, FollowUpResolver] })
export class FollowUpsModule {}
