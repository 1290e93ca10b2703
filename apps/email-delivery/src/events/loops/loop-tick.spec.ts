import { LoopTick, msToTick } from './loop-tick';

describe('the next tick', () => {
  const every = 300_000;
  it.each([
    [0, 0, 300_000],
    [1, 0, 299_999],
    [299_999, 0, 1],
    [0, 42_000, 42_000],
    [42_000, 42_000, 300_000],
    [43_000, 42_000, 299_000],
    [1_000 * every + 41_000, 42_000, 1_000],
  ])('at %p with offset %p is in %p ms', (now, offset, expected) => {
    expect(msToTick(now, every, offset)).toBe(expected);
  });
});

describe('a tick', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  const logger = { warn: jest.fn() };
  const start = (parts: { run: () => Promise<boolean>; hasYoungMail?: () => Promise<boolean> }, random = 0.5) => {
    const tick = new LoopTick(
      { hasYoungMail: () => Promise.resolve(true), ...parts },
      logger as never,
      1_000,
      () => random,
    );
    tick.start();
    return tick;
  };

  it('comes at its own offset, again and again', async () => {
    let runs = 0;
    const tick = start({ run: () => Promise.resolve(((runs += 1), false)) });
    await jest.advanceTimersByTimeAsync(499);
    expect(runs).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(runs).toBe(3);
    await tick.stop();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(3);
  });

  it('runs again at once while there is more', async () => {
    let runs = 0;
    start({ run: () => Promise.resolve(((runs += 1), runs < 4)) });
    await jest.advanceTimersByTimeAsync(500);
    expect(runs).toBe(4);
  });

  it('asks nobody when all mail is old', async () => {
    let runs = 0;
    const hasYoungMail = () => Promise.resolve(false);
    start({ run: () => Promise.resolve(((runs += 1), false)), hasYoungMail });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(0);
  });

  it('comes again after a fault', async () => {
    let runs = 0;
    start({
      run: () => {
        runs += 1;
        return Promise.reject(new Error('away'));
      },
    });
    await jest.advanceTimersByTimeAsync(2_500);
    expect(runs).toBe(3);
    expect(logger.warn).toHaveBeenCalledWith({ reason: 'away' }, 'mail events not read');
  });
});
