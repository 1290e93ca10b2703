import { inFakeTime } from '@groundswell/testing';
import { NamedRetries, type RetryBudgets } from './named-retries';

const logger = { warn: () => undefined };
const budgets: RetryBudgets = {
  'before a call': { retries: 5, firstMs: 1, withinMs: 10_000 },
  'after a call': { retries: 100, firstMs: 20, withinMs: 100 },
};

describe('NamedRetries', () => {
  const failing = (times: number) => {
    let calls = 0;
    const work = () => {
      calls += 1;
      return calls <= times ? Promise.reject(new Error('away')) : Promise.resolve(calls);
    };
    return { work, count: () => calls };
  };

  it('makes six calls for five retries, then tells the last fault', async () => {
    const { work, count } = failing(Infinity);
    const retries = new NamedRetries(logger, budgets);
    await expect(inFakeTime(() => retries.run('before a call', work))).rejects.toThrow('away');
    expect(count()).toBe(6);
  });

  it('returns what the first call that works gives', async () => {
    const { work } = failing(3);
    const retries = new NamedRetries(logger, budgets);
    await expect(inFakeTime(() => retries.run('before a call', work))).resolves.toBe(4);
  });

  it('begins no retry after the time of its step', async () => {
    const { work, count } = failing(Infinity);
    const retries = new NamedRetries(logger, budgets);
    await expect(inFakeTime(() => retries.run('after a call', work))).rejects.toThrow('away');
    expect(count()).toBe(3);
  });

  it('tries nothing again before a call once the process is to end, and what came of a call three times', async () => {
    const retries = new NamedRetries(logger, budgets);
    retries.collapse();
    const before = failing(Infinity);
    await expect(inFakeTime(() => retries.run('before a call', before.work))).rejects.toThrow('away');
    expect(before.count()).toBe(1);
    const after = failing(2);
    await expect(inFakeTime(() => retries.run('after a call', after.work))).resolves.toBe(3);
  });
});
