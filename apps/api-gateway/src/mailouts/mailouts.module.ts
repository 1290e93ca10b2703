import { Module } from '@nestjs/common';
import { NotifyServiceClient } from '../asking/notify-service.client';
import { MailoutChangeService } from './mailout-change.service';
import { MailoutResolver } from './mailout.resolver';
import { MailoutService } from './mailout.service';

/** Mailouts to supporters. Needs the global MessagingModule, which must send requests. */
@Module({ providers: [NotifyServiceClient, MailoutService, MailoutChangeService, MailoutResolver] })
export class MailoutsModule {}
