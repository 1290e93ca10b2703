import { mailRetryDelayMs } from '@groundswell/domain';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { SendResult } from '../providers/mail-provider';
import { endOf } from './delivery-end';

const after = (attempts: number): ClaimedDelivery => ({
  id: 7,
  attempts,
  purpose: 'supporter:thank_you:1',
  kind: 'thank_you',
  customId: 'action:1',
  orgId: 1,
  campaignId: 1,
  pageId: 1,
  actionId: 1,
  ref: null,
  acceptedAt: null,
  template: 'thank_you',
  locale: 'en',
  recipient: { email: 'a@example.org', name: null },
  variables: {},
  notBefore: null,
  notAfter: null,
  createdAt: new Date(),
});
const minute = 60_000;

describe('endOf', () => {
  it('of a mail to a target never gives up: its own end comes first', () => {
    const delivery = { ...after(200), customId: 'mtt:1' };
    const end = endOf(delivery, { outcome: 'retry', error: '500' }, mailRetryDelayMs);
    expect(end).toEqual({ id: 7, state: 'queued', attempts: 201, error: '500', delayMs: 60 * minute });
  });

  it.each<[string, number, SendResult, object]>([
    [
      'accepted',
      0,
      { outcome: 'sent', providerMessageId: 'x' },
      { state: 'sent', attempts: 1, providerMessageId: 'x' },
    ],
    ['refused', 0, { outcome: 'refused', error: '550' }, { state: 'failed', attempts: 1, error: '550' }],
    ['no answer', 2, { outcome: 'unknown', error: 'timeout' }, { state: 'unknown', attempts: 3, error: 'timeout' }],
    [
      'not sent',
      0,
      { outcome: 'retry', error: '500' },
      { state: 'queued', attempts: 1, error: '500', delayMs: minute },
    ],
    [
      'asked to wait longer',
      1,
      { outcome: 'retry', error: '429', retryAfterMs: 30 * minute },
      { state: 'queued', attempts: 2, error: '429', delayMs: 30 * minute },
    ],
    [
      'asked to wait less',
      1,
      { outcome: 'retry', error: '429', retryAfterMs: 1 },
      { state: 'queued', attempts: 2, error: '429', delayMs: 5 * minute },
    ],
    [
      'account refused',
      4,
      { outcome: 'retry', error: '401', account: true },
      { state: 'queued', attempts: 4, error: '401', delayMs: 0 },
    ],
    [
      'retried for three days',
      200,
      { outcome: 'retry', error: '500' },
      { state: 'failed', attempts: 201, error: '500' },
    ],
  ])('%s after %i attempts', (_what, attempts, result, end) => {
    expect(endOf(after(attempts), result, mailRetryDelayMs)).toEqual({ id: 7, ...end });
  });
});
