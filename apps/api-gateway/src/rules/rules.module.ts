import { Module } from '@nestjs/common';
import { NotifyServiceClient } from '../asking/notify-service.client';
import { RuleResolver } from './rule.resolver';
import { RuleService } from './rule.service';

/** Rules of orgs. Needs the global MessagingModule, which must send requests. */
@Module({ providers: [NotifyServiceClient, RuleService, RuleResolver] })
export class RulesModule {}
