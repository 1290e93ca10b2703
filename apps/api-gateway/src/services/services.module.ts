import { Module } from '@nestjs/common';
import { ServiceResolver } from './service.resolver';
import { ServiceService } from './service.service';

/** Remote APIs the orgs own. */
@Module({ providers: [ServiceService, ServiceResolver], exports: [ServiceService] })
export class ServicesModule {}
