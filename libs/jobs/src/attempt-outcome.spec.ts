import { z } from 'zod';
import { nothingToDo, outcomeOf, retryDelayMs, type AttemptFacts, type HandlerEnd } from './attempt-outcome';
import { PermanentJobError, StepRefusedError } from './job.error';
import { defineJob } from './job-type';

const type = defineJob({ name: 'test', payload: z.unknown(), cursor: z.unknown(), timeoutMs: 50 });
const away = new Error('away');
const facts = (more: Partial<AttemptFacts> = {}): AttemptFacts => ({
  type,
  attempts: 1,
  maxAttempts: 3,
  aborted: null,
  wasRefused: false,
  isTransient: (error) => error === away,
  random: () => 1,
  ...more,
});
const threw = (error: unknown): HandlerEnd => ({ left: 'threw', error });
const returned = (result?: unknown): HandlerEnd => ({ left: 'returned', result });

describe('what becomes of a job', () => {
  it.each<[string, HandlerEnd, Partial<AttemptFacts>, object]>([
    ['complete with its result', returned({ rows: 3 }), {}, { kind: 'complete', result: '{"rows":3}' }],
    ['complete without one', returned(), {}, { kind: 'complete', result: null }],
    ['complete, and leaves nothing', returned(nothingToDo), {}, { kind: 'complete', result: null, isIdle: true }],
    ['complete although it was to stop: it was faster', returned(1), { aborted: 'stop' }, { kind: 'complete' }],
    ['complete although it was called off: it was faster', returned(1), { aborted: 'cancel' }, { kind: 'complete' }],
    ['failed with a result no table takes', returned('\u0000'), {}, { kind: 'failed' }],
    ['failed with a result that is no JSON', returned(1n), {}, { kind: 'failed' }],
    ['tried again', threw(new Error('no luck')), {}, { kind: 'retried', error: 'no luck', delayMs: 5_000 }],
    ['failed at the last attempt', threw(new Error('no luck')), { attempts: 3 }, { kind: 'failed', error: 'no luck' }],
    ['failed at once', threw(new PermanentJobError('never')), {}, { kind: 'failed', error: 'never' }],
    ['released, the surroundings being at fault', threw(away), { attempts: 3 }, { kind: 'released', error: 'away' }],
    ['released at a stop', threw(new StepRefusedError('stop')), { aborted: 'stop' }, { kind: 'released', delayMs: 0 }],
    ['released when it does not stop', { left: 'stuck' }, { aborted: 'stop' }, { kind: 'released', delayMs: 0 }],
    ['released when it swallowed a refusal', returned(), { aborted: 'stop', wasRefused: true }, { kind: 'released' }],
    ['canceled', threw(new StepRefusedError('cancel')), { aborted: 'cancel' }, { kind: 'canceled' }],
    ['tried again after too long', { left: 'stuck' }, { aborted: 'timeout' }, { kind: 'retried', error: /50 ms/ }],
    ['failed after too long the last time', threw(1), { aborted: 'timeout', attempts: 3 }, { kind: 'failed' }],
    ['for whoever has it now to say', returned(1), { aborted: 'lost' }, { kind: 'lost' }],
  ])('is %s', (_name, end, more, expected) => {
    const outcome = outcomeOf(end, facts(more));
    const { error, ...rest } = expected as { error?: string | RegExp };
    expect(outcome).toMatchObject(rest);
    if (error) expect(outcome).toMatchObject({ error: expect.stringMatching(error) });
  });

  it('waits twice as long each time, up to the longest, and less by chance', () => {
    const backoff = { firstMs: 100, longestMs: 1_000 };
    expect([1, 2, 3, 4, 5, 60].map((attempt) => retryDelayMs(backoff, attempt, () => 1))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(retryDelayMs(backoff, 3, () => 0)).toBe(200);
  });
});
