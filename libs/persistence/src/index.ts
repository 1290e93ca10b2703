export { boolArray, byteaArray, int2Array, int4Array, int8Array, textArray, timestamptzArray } from './binary-array';
export { preparedQuery } from './prepared-query';
export { createDataSource } from './data-source';
export type { DataSourceSettings } from './data-source';
export { afterCommit, Database } from './database';
export type { DatabaseLogger } from './database';
export { DatabaseAwayError, isDatabaseFault, isUniqueViolation } from './database-fault';
export { migrationNames } from './migrations/migration-names';
export { declareCatalogueMetrics, watchCatalogue } from './measuring/catalogue-metrics';
export { declareDatabaseMetrics, prometheusDatabase, watchDatabase } from './measuring/database-metrics';
export type { DatabaseMetrics } from './measuring/database-metrics';
export { declareRelayMetrics, prometheusRelay, watchRelay } from './measuring/outbox-metrics';
export type { RelayMetrics } from './measuring/outbox-metrics';
export { StatementClock } from './measuring/statement-clock';
export { prometheusTasks } from './measuring/task-metrics';
export type { TaskMetrics } from './measuring/task-metrics';
export { newestMigration } from './migrations/newest-migration';
export { runMigrations } from './run-migrations';
export type { RolePasswords } from './run-migrations';
export { serviceRoles, tableOwnership } from './ownership/grants';
export type { ServiceRole, TableOwnership } from './ownership/grants';
export { ownedSchemas, schemaOwner } from './ownership/owned-schema';
export type { OwnedSchema } from './ownership/owned-schema';
export { mailRequestMessage } from './outbox/mail-request-message';
export { OutboxRepository } from './outbox/outbox.repository';
export type { OutboxMessage, OutboxRow } from './outbox/outbox.repository';
export { withTrace } from './outbox/with-trace';
export { OutboxRelay, defaultRelaySettings } from './outbox/outbox-relay';
export type { LaneGate, LaneVerdict, OutboxPublisher, RelaySettings } from './outbox/outbox-relay';
export { mailLane, TopologyGate } from './outbox/topology-gate';
export type { TopologyGateSettings } from './outbox/topology-gate';
export { TopologyWatch } from './outbox/topology-watch';
export type { WatchLogger } from './outbox/topology-watch';
export { awaitBatchesInHand, partitionLockSpace } from './partitions/batch-barrier';
export { LeaseRepository } from './leases/lease.repository';
export { ReplicaRepository } from './leases/replica.repository';
export { TaskScheduler } from './leases/task-scheduler';
export type { ScheduledTask } from './leases/task-scheduler';
export { ParkedRepository, storableJson } from './parking/parked.repository';
export type { ParkedMessage } from './parking/parked.repository';
export { QueueSampleReadModel, sampledDays, sampledMark } from './monitoring/queue-sample.read-model';
export type { QueueRates, QueueSample } from './monitoring/queue-sample.read-model';
export { byMonitoredName, monitoredName, noWork, sumOfWork, workKinds } from './monitoring/waiting-work';
export type { WaitingWork, WorkDone, WorkFigures, WorkKind } from './monitoring/waiting-work';
export { WaitingWorkReadModel } from './monitoring/waiting-work.read-model';
export { homeOf, homesAmong, homeward } from './parking/parked-homes';
export { isParkedFor, ParkedRows } from './parking/parked-rows';
export type { ParkedChunk, ParkedRow, ParkedSelection } from './parking/parked-rows';
export { countersRecountSql, pageActivitySql } from './stats/counters-recount';
export type { CounterRecountRow } from './stats/counters-recount';
export { ActionExportReadModel, exportPageBytes } from './exports/action-export.read-model';
export type { ExportCriteria, ExportedAction, ExportedDonation } from './exports/action-export.read-model';
export { erasedSince } from './exports/erased-since';
export { exportedPages } from './exports/exported-pages';
export { UnknownMails } from './mail/unknown-mails';
export { databaseAddress, DatabaseAddressError } from './database-address';
export type { DatabaseAddress, DatabaseTls } from './database-address';
export type { PoolQueueLimits } from './pool-queue';
export { resealColumn } from './secrets/resealing';
export type { ColumnReport, Resealer, ResealingClient, UnreadableSecret } from './secrets/resealing';
export { sealedColumns } from './secrets/sealed-columns';
export type { SealedColumn } from './secrets/sealed-columns';
export type { MailDecision, RunStatement } from './mail/unknown-mails';
export { takesMail } from './mtt/takes-mail';
export { Catalogue } from './catalogue/catalogue';
export type { CatalogueChange } from './catalogue/catalogue';
export { orgRouting } from './catalogue/org-routing';
export type {
  CatalogueCampaign,
  CatalogueKey,
  CatalogueMtt,
  CatalogueOrg,
  CataloguePage,
  CatalogueService,
  CatalogueTarget,
  CatalogueTemplate,
} from './catalogue/catalogue-rows';
export { ActionPage } from './catalog/action-page.entity';
export { AuditEntry } from './catalog/audit-entry.entity';
export { Campaign } from './catalog/campaign.entity';
export { Confirm } from './catalog/confirm.entity';
export { EmailTemplate } from './catalog/email-template.entity';
export { Mtt } from './catalog/mtt.entity';
export { Org } from './catalog/org.entity';
export { PublicKey } from './catalog/public-key.entity';
export { Service } from './catalog/service.entity';
export { Staffer } from './catalog/staffer.entity';
export { Target } from './catalog/target.entity';
export { TargetEmail } from './catalog/target-email.entity';
export { User } from './catalog/user.entity';
export { UserToken } from './catalog/user-token.entity';
export { Action } from './actions/action.entity';
export { ActionConfirm } from './actions/action-confirm.entity';
export { Contact } from './actions/contact.entity';
export { Donation } from './actions/donation.entity';
export { Message } from './actions/message.entity';
export { MessageContent } from './actions/message-content.entity';
export { Source } from './actions/source.entity';
export { Supporter } from './actions/supporter.entity';
