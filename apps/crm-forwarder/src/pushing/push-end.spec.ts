import type { PushResult } from './push-backend';
import { endOf, type ClaimedPush } from './push-end';

const settings = { firstMs: 5_000, random: () => 0.5 };
const push = (attempts: number): ClaimedPush => ({
  id: '7',
  orgId: 1,
  messageId: 'action:1:deliver:1',
  actionId: 1,
  body: '{}',
  attempts,
});

const retry: PushResult = { outcome: 'retry', error: 'HTTP 500', status: 500, excerpt: 'oops' };

it.each<[string, number, PushResult, object]>([
  ['delivered', 0, { outcome: 'delivered', status: 204 }, { state: 'delivered', attempts: 1, error: null }],
  ['delivered late', 4, { outcome: 'delivered', status: 200 }, { state: 'delivered', attempts: 5, error: null }],
  ['refused', 0, { outcome: 'failed', error: 'too large' }, { state: 'failed', attempts: 1, error: 'too large' }],
  ['not this time', 0, retry, { state: 'waiting', attempts: 1, error: 'HTTP 500', delayMs: 5_000 }],
  ['asked to wait', 0, { ...retry, retryAfterMs: 9_000 }, { state: 'waiting', attempts: 1, delayMs: 9_000 }],
  ['once too often', 9, retry, { state: 'failed', attempts: 10, error: 'HTTP 500' }],
  [
    'the endpoint is down',
    9,
    { ...retry, status: undefined, ofEndpoint: true },
    { state: 'waiting', attempts: 9, delayMs: 0 },
  ],
  ['the endpoint asks for a pause', 9, { ...retry, ofEndpoint: true, status: 429 }, { state: 'waiting', attempts: 9 }],
  [
    'the endpoint, or this message, is refused',
    1,
    { ...retry, ofEndpoint: true, status: 403 },
    { state: 'waiting', attempts: 2 },
  ],
  ['and so to the end', 9, { ...retry, ofEndpoint: true, status: 404 }, { state: 'failed', attempts: 10 }],
  ['the endpoint is gone', 2, { outcome: 'gone', error: 'HTTP 410' }, { state: 'waiting', attempts: 2, delayMs: 0 }],
])('%s', (_, attempts, result, end) => {
  expect(endOf(push(attempts), result, settings)).toMatchObject(end);
});

it('an attempt says what was answered', () => {
  expect(endOf(push(2), retry, settings).attempt).toEqual({
    number: 3,
    outcome: 'retry',
    status: 500,
    error: 'HTTP 500',
    excerpt: 'oops',
  });
});

it('errors are cut', () => {
  expect(endOf(push(0), { outcome: 'failed', error: 'x'.repeat(9_999) }, settings).error).toHaveLength(500);
});
