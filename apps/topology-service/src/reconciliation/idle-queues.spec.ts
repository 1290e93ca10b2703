import { IdleQueues } from './idle-queues';

describe('IdleQueues', () => {
  let now = 0;
  let idle: IdleQueues;
  const look = (messages: Record<string, number | undefined>) =>
    idle.longIdle(
      Object.entries(messages).map(([name, count]) => ({ name, messages: count, durable: true, arguments: {} })),
    );

  beforeEach(() => {
    now = 0;
    idle = new IdleQueues(60_000, () => now);
  });

  it('names what was empty at every look for long enough', () => {
    expect(look({ a: 0, b: 1 })).toEqual([]);
    now = 60_000;
    expect(look({ a: 0, b: 0 })).toEqual(['a']);
    now = 120_000;
    expect(look({ a: 0, b: 0 })).toEqual(['a', 'b']);
  });

  it('starts anew when something came home, and when the queue was wanted again in between', () => {
    look({ a: 0, b: 0 });
    now = 30_000;
    look({ a: 1 });
    now = 60_000;
    expect(look({ a: 0, b: 0 })).toEqual([]);
  });

  it('never names a queue of unknown depth', () => {
    look({ a: undefined });
    now = 100_000;
    expect(look({ a: undefined })).toEqual([]);
  });
});
