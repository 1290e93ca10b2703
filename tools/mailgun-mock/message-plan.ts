import type { MailgunMessage } from '../mail-servers/mailgun-server';
import type { SuppressionList } from './mailgun-mock';
import type { MockEvent } from './mock-event';

type Step = Partial<MockEvent> & Pick<MockEvent, 'type'> & { afterMs: number };

const delivered: Step = { type: 'delivered', afterMs: 1_000 };
const opened: Step = { type: 'opened', afterMs: 5_000 };
const bounced: Step = {
  type: 'failed',
  severity: 'permanent',
  reason: 'bounce',
  status: { code: 550, message: 'no such user', enhancedCode: '5.1.1' },
  afterMs: 1_000,
};
const deferred: Step = {
  type: 'failed',
  severity: 'temporary',
  status: { code: 451, message: 'try again', enhancedCode: '4.7.1' },
  afterMs: 1_000,
};

/** By how the recipient's address begins; all others get their mail and open it. */
const fates: [start: string, steps: Step[]][] = [
  ['bounce', [bounced]],
  ['later', [deferred, { ...delivered, afterMs: 4_000 }]],
  ['unread', [delivered]],
  ['spam', [delivered, { type: 'complained', afterMs: 6_000 }]],
  ['unsub', [delivered, opened, { type: 'unsubscribed', afterMs: 7_000 }]],
  ['robot', [delivered, { ...opened, bot: 'apple' }]],
];

const suppressionOf: Record<SuppressionList, { reason: string; code: number }> = {
  bounces: { reason: 'suppress-bounce', code: 605 },
  unsubscribes: { reason: 'suppress-unsubscribe', code: 606 },
  complaints: { reason: 'suppress-complaint', code: 607 },
};

/** What becomes of a message, and of the lists by it. */
export function planOf(
  { fields }: MailgunMessage,
  id: string,
  nowMs: number,
  suppressed: Record<SuppressionList, Set<string>>,
): MockEvent[] {
  const to = fields.to?.[0] ?? '';
  const recipient = (/<([^<>]+)>\s*$/.exec(to)?.[1] ?? to).trim().toLowerCase();
  const list = (Object.keys(suppressed) as SuppressionList[]).find((name) => suppressed[name].has(recipient));
  const steps = list ? [suppressedStep(list)] : (fates.find(([start]) => recipient.startsWith(start))?.[1] ?? usual);
  if (steps.includes(bounced)) suppressed.bounces.add(recipient);
  if (recipient.startsWith('spam')) suppressed.complaints.add(recipient);
  if (recipient.startsWith('unsub')) suppressed.unsubscribes.add(recipient);
  const messageId = id.replace(/^<|>$/g, '');
  const deliveryId = Number(fields['v:delivery-id']?.[0] ?? NaN);
  const customId = fields['v:custom-id']?.[0];
  const tags = fields['o:tag'] ?? [];
  return [{ type: 'accepted', afterMs: 0 } as Step, ...steps].map(({ afterMs, ...step }, at) => ({
    id: `${messageId}.${at}`,
    us: (nowMs + afterMs) * 1000,
    visibleMs: nowMs + afterMs,
    recipient,
    deliveryId: Number.isSafeInteger(deliveryId) ? deliveryId : null,
    ...(customId !== undefined && { customId }),
    messageId,
    tags,
    ...step,
  }));
}

const usual = [delivered, opened];

const suppressedStep = (list: SuppressionList): Step => {
  const { reason, code } = suppressionOf[list];
  return { type: 'failed', severity: 'permanent', reason, status: { code, message: '' }, afterMs: 500 };
};
