import { resultOfFault, resultOfRefusal } from './answer-result';

describe('an answer other than success', () => {
  it.each([
    [400, { outcome: 'refused' }],
    [413, { outcome: 'refused' }],
    [422, { outcome: 'refused' }],
    [401, { outcome: 'retry', account: true }],
    [402, { outcome: 'retry', account: true }],
    [403, { outcome: 'retry', account: true }],
    [404, { outcome: 'retry', account: true }],
    [301, { outcome: 'retry', account: true }],
    [408, { outcome: 'retry', retryAfterMs: 7000 }],
    [425, { outcome: 'retry', retryAfterMs: 7000 }],
    [429, { outcome: 'retry', retryAfterMs: 7000 }],
    [500, { outcome: 'retry', retryAfterMs: 7000 }],
    [599, { outcome: 'retry', retryAfterMs: 7000 }],
  ])('%i', (status, expected) => {
    const answer = { kind: 'answered' as const, status, headers: { 'retry-after': '7' }, text: '{"message":"no"}' };
    expect(resultOfRefusal(answer)).toEqual({ error: `HTTP ${status}: no`, ...expected });
  });
});

it('retries a call that never began, and never one that did', () => {
  expect(resultOfFault({ kind: 'not-sent', error: 'e' })).toEqual({ outcome: 'retry', error: 'e' });
  expect(resultOfFault({ kind: 'misconfigured', error: 'e' })).toEqual({ outcome: 'retry', error: 'e', account: true });
  expect(resultOfFault({ kind: 'unknown', error: 'e' })).toEqual({ outcome: 'unknown', error: 'e' });
});
