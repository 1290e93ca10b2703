export {
  actionConfirmKey,
  actionIdOfStageMessage,
  aliasQueues,
  allCatalogueKeys,
  allTopologyKeys,
  catalogueChangedKey,
  confirmQueue,
  crmQueue,
  deliverKey,
  eventMessageId,
  eventTapQueue,
  exchanges,
  factKeys,
  factQueue,
  ingestKey,
  ingestQueue,
  mailRequestKey,
  mailingKey,
  mailWebhookKey,
  mttReplyKey,
  moderateQueue,
  orgEventKey,
  orgQueuePurpose,
  partitionCount,
  replyQueue,
  operationKey,
  operationQueue,
  requestKey,
  requestQueue,
  reminderMessageId,
  reminderOfMessage,
  requeuedMessageId,
  stageMessageId,
  stageMessageIdPattern,
  stageMessageIdSql,
  supporterConfirmKey,
  systemQueues,
  topologyChangedKey,
  webhookQueue,
} from './names';
export type { ExchangeName, OrgQueuePurpose, RoutingWord } from './names';
export {
  actionSubmissionV1,
  contactRecordV1,
  contactSubmissionV1,
  donationV1,
  linkSubmissionV1,
  mttV1,
  sourceV1,
  submittedActionV1,
  submittedAttachmentV1,
} from './submission.v1';
export {
  attachmentKey,
  keyedAtMs,
  quarantineKey,
  quarantinePrefix,
  thumbnailKey,
  uploadKey,
  uploadPrefix,
} from './object-keys';
export type {
  ActionSubmissionV1,
  ContactRecordV1,
  ContactSubmissionV1,
  DonationV1,
  LinkSubmissionV1,
  MttV1,
  SourceV1,
  SubmittedActionV1,
  SubmittedAttachmentV1,
} from './submission.v1';
export {
  actionIngestRequestV1,
  requeueActionsAnswerV1,
  requeueActionsRequestV1,
  requeuePurposes,
} from './action-ingest-request.v1';
export type {
  ActionIngestRequestV1,
  RequeueActionsAnswerV1,
  RequeueActionsRequestV1,
} from './action-ingest-request.v1';
export {
  cancelImportAnswerV1,
  cancelImportRequestV1,
  importActionsAnswerV1,
  importActionsRequestV1,
  importFieldOf,
  importFields,
  importLimits,
  importRefusals,
  importSettingsV1,
} from './import-request.v1';
export {
  recalculateReferencesAnswerV1,
  recalculateReferencesRequestV1,
  referenceRefusals,
} from './reference-request.v1';
export { movesPerFact, referencesMovedV1 } from './references-moved.v1';
export type { ReferenceMove, ReferencesMovedV1 } from './references-moved.v1';
export type { CancelImportRequestV1, ImportActionsRequestV1, ImportSettingsV1 } from './import-request.v1';
export {
  mailoutChangeAnswerV1,
  mailoutRefusals,
  mailoutSegmentV1,
  notifyServiceRequestV1,
  testMailoutAnswerV1,
} from './notify-service-request.v1';
export type {
  MailoutChangeAnswerV1,
  MailoutSegmentV1,
  NotifyServiceRequestV1,
  TestMailoutAnswerV1,
} from './notify-service-request.v1';
export {
  cancelReportAnswerV1,
  recountAnswerV1,
  reportFormats,
  reportKinds,
  requestReportAnswerV1,
  statsServiceRefusals,
  statsServiceRequestV1,
} from './stats-service-request.v1';
export type {
  CancelReportV1,
  ReportFormat,
  ReportKind,
  RequestReportV1,
  StatsServiceRequestV1,
} from './stats-service-request.v1';
export {
  isRequestQueue,
  mostSelected,
  operatedServices,
  operationAnswerV1,
  operationRefusals,
  operationRequestV1,
  parkedChunkAnswerV1,
  readerOf,
} from './operation-request.v1';
export type {
  OperatedService,
  OperationAnswerV1,
  OperationRequestV1,
  ParkedChunkAnswerV1,
} from './operation-request.v1';
export {
  crmForwarderRefusals,
  crmForwarderRequestV1,
  pushChangeAnswerV1,
  replayFailedAnswerV1,
} from './crm-forwarder-request.v1';
export type { CrmForwarderRequestV1, PushChangeAnswerV1, ReplayFailedAnswerV1 } from './crm-forwarder-request.v1';
export {
  changeAnswerV1,
  emailDeliveryRefusals,
  emailDeliveryRequestV1,
  mailLoopsAnswerV1,
  suppressionAnswerV1,
  suppressionRemovedV1,
  templatesAnswerV1,
} from './email-delivery-request.v1';
export type {
  ChangeAnswerV1,
  EmailDeliveryRequestV1,
  MailLoopsAnswerV1,
  SuppressionAnswerV1,
  SuppressionRemovedV1,
  TemplatesAnswerV1,
} from './email-delivery-request.v1';
export {
  brokerQueuesAnswerV1,
  crmPasswordAnswerV1,
  crmRevokedAnswerV1,
  longestCredentialLabel,
  orgQueuesAnswerV1,
  queueAlertKinds,
  queueAlertV1,
  topologyRefusals,
  topologyRequestV1,
} from './topology-request.v1';
export type {
  BrokerQueuesAnswerV1,
  CrmPasswordAnswerV1,
  CrmRevokedAnswerV1,
  OrgQueuesAnswerV1,
  QueueAlertKind,
  QueueAlertV1,
  TopologyRequestV1,
} from './topology-request.v1';
export {
  actionDecisionV1,
  emailEventV1,
  eraseContactV1,
  linkActionsV1,
  passMarkV1,
  rereferenceV1,
  detailResultV1,
  remindSupporterV1,
  supporterDecisionV1,
} from './command.v1';
export type {
  ActionDecisionV1,
  EmailEventV1,
  EraseContactV1,
  RereferenceV1,
  LinkActionsV1,
  PassMarkV1,
  DetailResultV1,
  RemindSupporterV1,
  SupporterDecisionV1,
} from './command.v1';
export { withoutErased } from './erased-submission';
export type { ErasureScope } from './erased-submission';
export { ingestMessageV1, maxSubmissionBytes, partitionMessageV1 } from './ingest-message.v1';
export type { IngestMessageV1, PartitionMessageV1 } from './ingest-message.v1';
export { actionEnrichedV1 } from './action-enriched.v1';
export type { ActionEnrichedV1 } from './action-enriched.v1';
export {
  enrichmentChangeAnswerV1,
  enrichmentRefusals,
  retryEnrichmentRequestV1,
  setEnrichmentQuotaRequestV1,
} from './enrichment-request.v1';
export type {
  EnrichmentChangeAnswerV1,
  RetryEnrichmentRequestV1,
  SetEnrichmentQuotaRequestV1,
} from './enrichment-request.v1';
export { actionFactV1, actionFactsV1, campaignDeltaV1, counterDeltaV1, pageActivityV1 } from './facts.v1';
export type { ActionFactV1, ActionFactsV1, CampaignDeltaV1, CounterDeltaV1, PageActivityV1 } from './facts.v1';
export { statsCounterField, statsCounterKinds, statsFields, statsKeysOf } from './stats-keys';
export type { StatsCounterKind, StatsKeys } from './stats-keys';
export { statsChangedKey, statsChangedV1 } from './stats-changed.v1';
export type { StatsChangedV1 } from './stats-changed.v1';
export { confirmCreatedEventV2, confirmCreatedSuffix } from './confirm-created-event.v2';
export type { ConfirmCreatedEventV2 } from './confirm-created-event.v2';
export { systemEventSuffix, systemEventV2 } from './system-event.v2';
export type { SystemEventType, SystemEventV2 } from './system-event.v2';
export { confirmCreatedV1 } from './confirm-created.v1';
export type { ConfirmCreatedV1 } from './confirm-created.v1';
export {
  mailingContentV1,
  mailingMessageV1,
  mailingPreparedV1,
  mailingRecipientsV1,
  maxMailingPart,
} from './mailing.v1';
export type { MailingContentV1, MailingMessageV1, MailingPreparedV1, MailingRecipientsV1 } from './mailing.v1';
export { mailRequestV1 } from './mail-request.v1';
export type { MailRequestV1 } from './mail-request.v1';
export { targetMailV1 } from './target-mail.v1';
export type { TargetMailV1 } from './target-mail.v1';
export { mailOutcomeV1, returnReasons } from './mail-outcome.v1';
export type { MailOutcomeV1 } from './mail-outcome.v1';
export { supporterMailV1 } from './supporter-mail.v1';
export type { SupporterMailV1 } from './supporter-mail.v1';
export { endpointDisabledV1 } from './endpoint-disabled.v1';
export type { EndpointDisabledV1 } from './endpoint-disabled.v1';
export {
  ruleAnswerV1,
  ruleConditionV1,
  ruleEffects,
  ruleFieldsV1,
  ruleFigures,
  ruleRefusals,
  ruleResources,
  ruleTriggers,
} from './rule.v1';
export type { RuleAnswerV1, RuleConditionV1, RuleEffect, RuleFieldsV1, RuleTrigger } from './rule.v1';
export { ruleEventSuffix, ruleEventV2 } from './rule-event.v2';
export type { RuleEventV2 } from './rule-event.v2';
export { mailWebhookV1, maxWebhookBytes } from './mail-webhook.v1';
export type { MailWebhookV1 } from './mail-webhook.v1';
export { catalogueChangedV1, topologyChangedV1 } from './catalogue-changed.v1';
export type { CatalogueChangedV1, TopologyChangedV1 } from './catalogue-changed.v1';
export { actionMessageV1 } from './action-message.v1';
export type { ActionMessageV1 } from './action-message.v1';
export { actionMessageV2 } from './action-message.v2';
export type { ActionMessageV2 } from './action-message.v2';
export { campaignUpdatedEventV2, emailStatusEventV2, eventMessageV2, eventSuffixes } from './event-message.v2';
export type { CampaignUpdatedEventV2, EmailStatusEventV2 } from './event-message.v2';
export { customQueuesOf, orgQueueOf, orgTopology, topologyVersion } from './org-topology';
export type { Binding, OrgRouting, OrgTopology } from './org-topology';
export { defaultDeployedServices, hasReader, matchesTopic, workerBindings } from './message-readers';
export { followUpsClosedV1 } from './followup-closed.v1';
export type { FollowUpsClosedV1 } from './followup-closed.v1';
export {
  assignFollowUpRequestV1,
  closeFollowUpRequestV1,
  createFollowUpsAnswerV1,
  createFollowUpsRequestV1,
  followUpChangeAnswerV1,
  followUpRefusals,
  mostAssignees,
} from './follow-up-request.v1';
export type {
  AssignFollowUpRequestV1,
  CloseFollowUpRequestV1,
  CreateFollowUpsRequestV1,
  FollowUpAssigneeV1,
  FollowUpChangeAnswerV1,
} from './follow-up-request.v1';
export { maxReplyMimeBytes, maxReplyTextLength, mttReplyV1 } from './mtt-reply.v1';
export type { MttReplyV1 } from './mtt-reply.v1';
