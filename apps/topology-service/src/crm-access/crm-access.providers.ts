import type { FactoryProvider } from '@nestjs/common';
import type { Logger } from '@groundswell/observability';
import { Database } from '@groundswell/persistence';
import { CONFIG, LOGGER } from '../app.tokens';
import { ManagementClient } from '../broker/management.client';
import type { TopologyConfig } from '../config';
import { QueueSetRepository } from '../reconciliation/queue-set.repository';
import { CrmAccess } from './crm-access';
import { CrmCredentialRepository } from './crm-credential.repository';
import { CrmCredentialUsers } from './crm-credential-users';
import { OrgPermissionsReadModel } from './org-permissions.read-model';

type UserParts = [Database, CrmCredentialRepository, ManagementClient, Logger];
type AccessParts = [CrmCredentialRepository, CrmCredentialUsers, Database, QueueSetRepository, TopologyConfig];

/** Credentials that orgs make for their software. */
export const crmAccessProviders: FactoryProvider[] = [
  {
    provide: CrmCredentialRepository,
    inject: [Database],
    useFactory: (database: Database) => new CrmCredentialRepository(database),
  },
  {
    provide: CrmCredentialUsers,
    inject: [Database, CrmCredentialRepository, ManagementClient, LOGGER],
    useFactory: (...[database, repository, management, logger]: UserParts) =>
      new CrmCredentialUsers(database, repository, management, logger),
  },
  {
    provide: CrmAccess,
    inject: [CrmCredentialRepository, CrmCredentialUsers, Database, QueueSetRepository, CONFIG],
    useFactory: (...[repository, users, database, queueSets, config]: AccessParts) =>
      new CrmAccess(repository, users, new OrgPermissionsReadModel(database, queueSets), {
        prefix: config.BROKER_USER_PREFIX,
        address: config.CRM_AMQP_ADDRESS ?? null,
      }),
  },
];
