import { QueueAges } from './queue-ages';

describe('QueueAges', () => {
  let now = 0;
  let ages: QueueAges;
  const observe = (...queues: string[]) => ages.observe(new Map(queues.map((queue) => [queue, true])));

  beforeEach(() => {
    now = 1_000;
    ages = new QueueAges(5_000, () => now);
  });

  it('counts from the moment a queue was seen first', () => {
    observe('a');
    now += 3_000;
    observe('a', 'b');
    expect([ages.remainingMs('a'), ages.remainingMs('b')]).toEqual([2_000, 5_000]);
    now += 5_000;
    expect([ages.remainingMs('a'), ages.remainingMs('b')]).toEqual([0, 0]);
  });

  it('takes an unknown queue for a new one', () => {
    expect(ages.remainingMs('a')).toBe(5_000);
  });

  it('counts anew when a queue was gone, was declared again, or the broker may have been restarted', () => {
    observe('gone', 'declared', 'kept');
    now += 5_000;
    observe('declared', 'kept');
    observe('gone', 'declared', 'kept');
    ages.declared('declared');
    expect(['gone', 'declared', 'kept'].map((queue) => ages.remainingMs(queue))).toEqual([5_000, 5_000, 0]);
    ages.reset();
    expect(ages.remainingMs('kept')).toBe(5_000);
  });
});
