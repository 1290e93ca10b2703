import type { ClaimedDelivery } from '../deliveries/delivery';
import type { SendResult } from '../providers/mail-provider';
import { CallResults } from './call-results';

const aDelivery = (id: number) => ({ id, attempts: 0 }) as ClaimedDelivery;
const sent: SendResult = { outcome: 'sent', providerMessageId: 'm' };
const refused: SendResult = { outcome: 'refused', error: 'HTTP 400' };

describe('CallResults', () => {
  const statesOf = (results: CallResults, from: number, answers: readonly SendResult[]) =>
    results
      .endsOf(answers.map((result, index) => ({ delivery: aDelivery(from + index), result })))
      .map(({ id, state }) => [id, state]);

  it.each<[string, SendResult, string]>([
    ['sent', sent, 'sent'],
    ['unknown', { outcome: 'unknown', error: 'timeout' }, 'unknown'],
    ['a dead address', { outcome: 'refused', error: '550', bounced: true }, 'failed'],
    ['refused, nobody got it yet', refused, 'queued'],
    ['certainly not sent', { outcome: 'retry', error: 'HTTP 500' }, 'queued'],
  ])('%s', (_what, result, state) => {
    expect(statesOf(new CallResults(false), 1, [result])).toEqual([[1, state]]);
  });

  it('one refused among many fails, also when that is known later', () => {
    const results = new CallResults(false);
    expect(statesOf(results, 1, [refused])).toEqual([[1, 'queued']]);
    expect(statesOf(results, 2, [sent, refused])).toEqual([
      [2, 'sent'],
      [1, 'failed'],
      [3, 'failed'],
    ]);
    expect(results.turnEnd()).toEqual({ kind: 'put back' });
  });

  it('many refused and nobody sent is the fault of the mail', () => {
    const results = new CallResults(false);
    for (let n = 1; n <= 20; n += 1) {
      expect(results.isOver).toBe(false);
      expect(statesOf(results, n, [refused])).toEqual([[n, 'queued']]);
    }
    expect(results.isOver).toBe(true);
    expect(results.turnEnd()).toEqual({ kind: 'failed', error: 'HTTP 400', isAccount: false });
  });

  it.each<[string, SendResult, object]>([
    ['429', { outcome: 'retry', error: 'HTTP 429: slow down' }, { kind: 'postponed', delayMs: 10_000 }],
    [
      '429 with a time',
      { outcome: 'retry', error: 'HTTP 429', retryAfterMs: 60_000 },
      { kind: 'postponed', delayMs: 60_000 },
    ],
    ['402', { outcome: 'retry', error: 'HTTP 402: recipient limit', account: true }, { kind: 'postponed' }],
    ['401', { outcome: 'retry', error: 'HTTP 401', account: true }, { kind: 'failed', isAccount: true }],
    ['500', { outcome: 'retry', error: 'HTTP 500' }, { kind: 'retry' }],
  ])('%s decides about the batch', (_what, result, end) => {
    const results = new CallResults(true);
    statesOf(results, 1, [result]);
    expect(results.turnEnd()).toMatchObject(end);
  });
});
