export type MockType =
  'accepted' | 'delivered' | 'failed' | 'opened' | 'clicked' | 'unsubscribed' | 'complained' | 'rejected';

/** One event as Mailgun knows it. */
export interface MockEvent {
  id: string;
  type: MockType;
  severity?: 'temporary' | 'permanent';
  /** Instant, µs since 1970: Mailgun's timestamps have six decimals. */
  us: number;
  /** When it shows up in the log, ms; later than `us` where the storage is late. */
  visibleMs: number;
  recipient: string;
  deliveryId: number | null;
  messageId: string;
  customId?: string;
  tags?: readonly string[];
  reason?: string;
  status?: { code?: number; message?: string; description?: string; enhancedCode?: string };
  bot?: string;
}

/** As the API writes it. Delivery ids are digits, as the variables of a message are texts. */
export const recordOf = (event: MockEvent): object => ({
  id: event.id,
  event: event.type,
  timestamp: event.us / 1e6,
  'log-level': event.type === 'failed' ? (event.severity === 'permanent' ? 'error' : 'warn') : 'info',
  recipient: event.recipient,
  'recipient-domain': event.recipient.slice(event.recipient.lastIndexOf('@') + 1),
  tags: event.tags ?? [],
  campaigns: [],
  flags: { 'is-test-mode': false, 'is-routed': false, 'is-authenticated': true },
  message: { headers: { 'message-id': event.messageId, to: event.recipient }, attachments: [], size: 867 },
  'user-variables': {
    ...(event.deliveryId !== null && { 'delivery-id': String(event.deliveryId) }),
    ...(event.customId !== undefined && { 'custom-id': event.customId }),
  },
  ...(event.severity && { severity: event.severity, reason: event.reason ?? 'generic' }),
  ...(event.status && {
    'delivery-status': {
      code: event.status.code,
      message: event.status.message,
      description: event.status.description,
      'enhanced-code': event.status.enhancedCode,
      'attempt-no': 1,
    },
  }),
  ...(event.type === 'opened' && {
    'client-info': { 'client-type': 'browser', 'device-type': 'desktop', bot: event.bot ?? '' },
  }),
});

/** What the events of one mail come to, by their own times: the mock's truth. Null where there was none. */
export interface MailTruth {
  deliveredUs: number | null;
  /** By a person. */
  openedUs: number | null;
  bouncedUs: number | null;
  complainedUs: number | null;
  unsubscribedUs: number | null;
  /** The newest temporary failure. */
  temporaryUs: number | null;
  events: number;
}

const noTruth = (): MailTruth => ({
  deliveredUs: null,
  openedUs: null,
  bouncedUs: null,
  complainedUs: null,
  unsubscribedUs: null,
  temporaryUs: null,
  events: 0,
});

const counted = new Set<MockType>(['delivered', 'failed', 'opened', 'unsubscribed', 'complained']);
const earlier = (known: number | null, us: number): number => Math.min(known ?? us, us);

export function truthOf(events: Iterable<MockEvent>): MailTruth {
  const truth = noTruth();
  for (const { type, severity, us, bot } of events) {
    if (counted.has(type)) truth.events += 1;
    if (type === 'delivered') truth.deliveredUs = earlier(truth.deliveredUs, us);
    if (type === 'opened' && !bot) truth.openedUs = earlier(truth.openedUs, us);
    if (type === 'complained') truth.complainedUs = earlier(truth.complainedUs, us);
    if (type === 'unsubscribed') truth.unsubscribedUs = earlier(truth.unsubscribedUs, us);
    if (type !== 'failed') continue;
    if (severity === 'permanent') truth.bouncedUs = earlier(truth.bouncedUs, us);
    else truth.temporaryUs = Math.max(truth.temporaryUs ?? us, us);
  }
  return truth;
}
