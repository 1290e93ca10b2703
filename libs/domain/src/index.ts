export { checkFields, isFlatMap, mergeFields, onlyPublicFields, withoutTransientFields } from './action/custom-fields';
export type { CustomFields, FieldInput, FieldValue } from './action/custom-fields';
export { isCurrency } from './action/currencies';
export {
  donationFrequencyCode,
  donationFrequencyFromCode,
  donationSchemaCode,
  donationSchemaFromCode,
  parseDonationFrequency,
} from './action/donation';
export type { Donation, DonationFrequency, DonationInput, DonationSchema } from './action/donation';
export type { MttContent, MttInput } from './action/mtt-content';
export { isMailTemplate, isMustacheTemplate } from './action/mustache-template';
export { checkSubmissionSize, validateAction } from './action/validate-action';
export type { ActionInput, ActionResult, ValidAction } from './action/validate-action';
export { campaignStatusCode, campaignStatusFromCode } from './campaign/campaign-status';
export type { CampaignStatus } from './campaign/campaign-status';
export { cannotFinish } from './configuration/cannot-finish';
export type { ConfirmationSettings, MissingSetting } from './configuration/cannot-finish';
export { confirmLinks } from './confirm/confirm-links';
export { confirmOperationCode, confirmOperationFromCode } from './confirm/confirm-operation';
export type { ConfirmOperation } from './confirm/confirm-operation';
export { clearCopies, copiesClearedAtDeliver, mayClearCopies } from './consent/clear-copies';
export type { ClearCopies, ClearCopy, CopyKind } from './consent/clear-copies';
export { contactRecords } from './consent/contact-records';
export type { ConsentInput, ContactRecord } from './consent/contact-records';
export type {
  AddressInput,
  ContactAddress,
  ContactInput,
  ContactResult,
  NationalityInput,
  ValidContact,
} from './contact/contact';
export { contactSchemaCode, contactSchemaFromCode } from './contact/contact-schema';
export type { ContactSchema } from './contact/contact-schema';
export { isValidEgn } from './contact/egn';
export { findItalianRegion } from './contact/italian-region';
export { referenceInputs } from './contact/reference-inputs';
export type { ReadableContact } from './contact/reference-inputs';
export { validateContact } from './contact/validate-contact';
export { isCountedAction, isCountedPair } from './counting/counted';
export type { CountableAction, CountableSupporter } from './counting/counted';
export {
  attachmentField,
  attachmentOfField,
  checkEnrichmentRules,
  enrichmentKinds,
  enrichmentOfType,
  isEnriched,
  mostEnrichmentRules,
  readEnrichmentRules,
} from './enrichment/enrichment-rules';
export type { EnrichmentKind, EnrichmentRule, EnrichmentRuleProblem } from './enrichment/enrichment-rules';
export { followUpKindCode, followUpKindFromCode, followUpSettingsOf } from './processing/follow-up';
export type { FollowUpKind, FollowUpSettings } from './processing/follow-up';
export { isAutomaticMail } from './mtt/automatic-mail';
export { htmlToText, maxReplyLength, readableReply, readableSubject, replyDomainOf } from './mtt/reply-text';
export type { ReplyText } from './mtt/reply-text';
export { readDetailAnswer } from './details/detail-answer';
export type { DetailAnswer, SettableEmailStatus, SupporterDetails } from './details/detail-answer';
export { confirmRedirect, doiRedirect, localRedirect, parseDoi, personalRedirect } from './links/redirect';
export type { ConfirmRedirect, DoiParameter, HostRule } from './links/redirect';
export { strippedWebUrl } from './links/web-url';
export { builtInTemplateNames } from './mail/built-in-template-names';
export { formatCustomId, isTargetCustomId, parseCustomId } from './mail/custom-id';
export type { CustomId } from './mail/custom-id';
export { splitAddress } from './mail/mail-address';
export type { AddressParts } from './mail/mail-address';
export type { MailMessage, MailMessageV1, MailMessageV2 } from './mail/mail-message';
export {
  defaultMailNotAfter,
  mailRetryDelayMs,
  mailRetrySpanMs,
  nextMailAttempt,
  targetMailRetryDelayMs,
} from './mail/mail-retries';
export type { MailAttempt, NextMailAttempt } from './mail/mail-retries';
export { mailingPurpose, mailRequestPurpose, mttPurpose, mttTestPurpose, supporterMailPurpose } from './mail/purposes';
export type { SupporterMailKind, SupporterMailPurpose } from './mail/purposes';
export { isUserMail, requestTemplate, requestVariables } from './mail/request-variables';
export { determineSender } from './mail/sender';
export type { Sender, SenderFacts, SenderName } from './mail/sender';
export { parseSmtpHost, smtpHostError } from './mail/smtp-host';
export type { SmtpAddress } from './mail/smtp-host';
export { openSrsLocalPart, srsLocalPart } from './mail/srs';
export type { OpenedSrs, SrsSettings } from './mail/srs';
export { decideSupporterMail, messageMailFacts } from './mail/supporter-mail';
export type { MessageMailFacts, NoMailReason, SupporterMailDecision, SupporterMailFacts } from './mail/supporter-mail';
export { supporterMailLinks } from './mail/supporter-mail-links';
export type { SupporterMailLinks } from './mail/supporter-mail-links';
export { supporterVariables } from './mail/supporter-variables';
export type { MailStats } from './mail/supporter-variables';
export {
  camelCaseName,
  camelCaseVariables,
  flattenVariables,
  percentEncode,
  variantTokens,
} from './mail/template-variables';
export type { Variables } from './mail/template-variables';
export { isTransactional, splitByBudget } from './mail/transactional-budget';
export type { BudgetSplit, TransactionalBudget } from './mail/transactional-budget';
export { defaultHourlyRules, hourlyCapAt, hourlyOffsets } from './mtt/hourly-plan';
export type { HourlyRules } from './mtt/hourly-plan';
export { applyOutcome } from './mtt/message-state';
export type { MessageOutcome, MessageOutcomeKind, MessageRecord, MessageState } from './mtt/message-state';
export { messagesGoal, planCycle } from './mtt/messages-due';
export type { TargetProgress, TargetShare } from './mtt/messages-due';
export { forecastMtt } from './mtt/mtt-forecast';
export type { MttForecast, MttPace } from './mtt/mtt-forecast';
export { defaultMttCycleMs, mttClosesAt, mttDay, mttMoment, mttNotAfter, mttProgress } from './mtt/mtt-window';
export type { MttMoment, MttProgress, MttSchedule } from './mtt/mtt-window';
export { applyToAddress, isUsableAddress, newAddress, suppressedAddress } from './mtt/target-address';
export type { AddressedMail, AddressRecord } from './mtt/target-address';
export { clockTime, dayAfter, instantOf, isTimezone } from './mtt/zoned-clock';
export type { ClockTime } from './mtt/zoned-clock';
export {
  checkActionType,
  checkCampaignName,
  checkEmail,
  checkExternalId,
  checkExtraSupporters,
  checkFileName,
  checkOrgName,
  checkPageLocale,
  checkPageName,
  checkTargetLocale,
  checkTemplateName,
} from './naming/name-rules';
export {
  adminMask,
  hasAllBits,
  hasPermission,
  permissionBit,
  permissionMask,
  permissionNames,
} from './permission/permissions';
export type { Permission } from './permission/permissions';
export { findRole, mayAssignRole, mayChangeMember, roleMask, roleOfMask } from './permission/roles';
export type { Role } from './permission/roles';
export { decideCommand } from './processing/decide-command';
export type { Command, CommandDecision, SupporterState } from './processing/decide-command';
export { dupeRank, isRepeat } from './processing/duplicate-rank';
export type { RankState, RepeatState } from './processing/duplicate-rank';
export { effectiveProcessing } from './processing/effective-processing';
export type { EffectiveProcessing, ProcessingSettings } from './processing/effective-processing';
export { nextStep } from './processing/next-step';
export type { ActionState, Step } from './processing/next-step';
export {
  actionStatusCode,
  actionStatusFromCode,
  emailStatusCode,
  emailStatusFromCode,
  supporterStatusCode,
  supporterStatusFromCode,
} from './processing/status';
export type { ActionStatus, EmailStatus, Stage, SupporterStatus } from './processing/status';
export { emailStatusAfterReject, isSettableEmailStatus, latestEmailStatus } from './processing/supporter-email-status';
export type { EmailEvent } from './processing/supporter-email-status';
export { deliverWord, supporterConfirmWord } from './routing/routing-word';
export type { DeliverRecipient, RoutingWord } from './routing/routing-word';
export {
  attachmentLimits,
  attachmentTypes,
  isImageType,
  readAttachmentType,
  sniffAttachmentType,
} from './attachments/attachment-type';
export type { AttachmentType } from './attachments/attachment-type';
export { cleanFileName, fileNameOfType } from './attachments/file-name';
export { trackingSource } from './tracking/tracking-source';
export type { TrackingInput, TrackingSource } from './tracking/tracking-source';
export type { InputError } from './validation/error-list';
export {
  blankError,
  fieldsError,
  formatError,
  invalidError,
  mttError,
  tooLargeError,
  tooLongError,
} from './validation/messages';
export { isDeeperThan } from './validation/nesting';
export { checkAccountEmail, checkJobTitle, checkPhone, checkPictureUrl } from './user/user-details';
export { isStorableJson, isStorableText, toStorableText } from './validation/storable-text';
