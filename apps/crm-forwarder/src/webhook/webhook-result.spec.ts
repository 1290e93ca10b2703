import type { Answered } from '@groundswell/http';
import { resultOf } from './webhook-result';

const answered = (status: number, headers: Answered['headers'] = {}): Answered => ({
  kind: 'answered',
  status,
  headers,
  text: '',
});

it.each([200, 201, 202, 204, 299])('%i is delivered', (status) => {
  expect(resultOf(answered(status), false, 'ok')).toEqual({ outcome: 'delivered', status, excerpt: 'ok' });
});

it('410 is gone', () => {
  expect(resultOf(answered(410), false, '')).toMatchObject({ outcome: 'gone', status: 410 });
});

it.each([
  ...[400, 402, 405, 409, 413, 422, 451].map((status) => [status, undefined, {}] as const),
  ...[408, 425, 500, 502, 504, 599].map((status) => [status, '7', { retryAfterMs: 7000 }] as const),
  ...[408, 500, 503].map((status) => [status, undefined, {}] as const),
  [429, undefined, { ofEndpoint: true }],
  [429, '7', { ofEndpoint: true, retryAfterMs: 7000 }],
  [503, '7', { ofEndpoint: true, retryAfterMs: 7000 }],
  [400, '7', {}],
  ...[301, 302, 304, 307, 308, 401, 403, 404].map((status) => [status, undefined, { ofEndpoint: true }] as const),
] as const)('%i with Retry-After %p is tried again %p', (status, retryAfter, expected) => {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  expect(resultOf(answered(status, headers), false, 'no')).toEqual({
    outcome: 'retry',
    status,
    excerpt: 'no',
    error: expect.stringMatching(new RegExp(`^HTTP ${status}`)),
    ...expected,
  });
});

it.each([301, 401, 403, 404])('does not blame the endpoint for %i at an address made from the message', (status) => {
  expect(resultOf(answered(status), true, '')).not.toHaveProperty('ofEndpoint');
});

it('blames the endpoint for a call that could not begin, not for one without an answer', () => {
  const error = 'e';
  expect(resultOf({ kind: 'not-sent', error }, false, '')).toEqual({ outcome: 'retry', error, ofEndpoint: true });
  expect(resultOf({ kind: 'misconfigured', error }, false, '')).toEqual({ outcome: 'retry', error, ofEndpoint: true });
  expect(resultOf({ kind: 'unknown', error }, false, '')).toEqual({ outcome: 'retry', error });
});
