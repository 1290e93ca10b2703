export type RoutingWord = 'system' | 'custom';

export interface DeliverRecipient {
  /** Only the collector sends thank-you mails. */
  isCollector: boolean;
  hasEmailBackend: boolean;
  /** SQS or webhook. */
  hasPushBackend: boolean;
}

/** Second word of a deliver key: system when any worker of ours serves the recipient. ORG.crm gets both (7.1). */
export const deliverWord = ({ isCollector, hasEmailBackend, hasPushBackend }: DeliverRecipient): RoutingWord =>
  hasPushBackend || (isCollector && hasEmailBackend) ? 'system' : 'custom';

/** Second word of a supporter confirm key: one mechanism confirms, never both. */
export const supporterConfirmWord = (collector: { customSupporterConfirm: boolean }): RoutingWord =>
  collector.customSupporterConfirm ? 'custom' : 'system';
