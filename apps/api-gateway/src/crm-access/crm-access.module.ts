import { Module } from '@nestjs/common';
import { CrmAccessResolver } from './crm-access.resolver';
import { CrmAccessService } from './crm-access.service';
import { TopologyClient } from './topology.client';

/** Queues of orgs and the credentials their software reads them with. Needs the global MessagingModule, which must send
 *  requests. */
@Module({ providers: [TopologyClient, CrmAccessService, CrmAccessResolver] })
export class CrmAccessModule {}
