import type { QueueFigures } from '../broker/management.client';
import { isDrained, StuckMessages } from './stuck-messages';

const aQueue = (changes: Partial<QueueFigures> = {}): QueueFigures => ({
  name: 'green.crm',
  messages: 5,
  messages_ready: 1,
  messages_unacknowledged: 1,
  message_stats: { publish: 10, ack: 5 },
  ...changes,
});

describe('StuckMessages', () => {
  let stuck: StuckMessages;
  const look = (...queues: QueueFigures[]) => [...stuck.observe(queues)];

  beforeEach(() => {
    stuck = new StuckMessages();
  });

  it('tells what stays neither ready nor unacked while nothing flows', () => {
    for (let count = 0; count < 3; count += 1) expect(look(aQueue())).toEqual([]);
    expect(look(aQueue())).toEqual([['green.crm', 3]]);
    expect(look(aQueue())).toEqual([['green.crm', 3]]);
  });

  it('forgets a queue once all its messages are accounted for', () => {
    for (let count = 0; count < 4; count += 1) look(aQueue());
    expect(look(aQueue({ messages_ready: 4 }))).toEqual([]);
    expect(look(aQueue())).toEqual([]);
  });

  it('takes messages in flow for being on their way, for a while', () => {
    const flowing = (publish: number) => aQueue({ message_stats: { publish } });
    for (let count = 0; count < 59; count += 1) expect(look(flowing(count))).toEqual([]);
    expect(look(flowing(60))).toEqual([['green.crm', 3]]);
  });

  it('does not judge a queue that has not reported', () => {
    for (let count = 0; count < 9; count += 1) expect(look(aQueue({ messages_ready: undefined }))).toEqual([]);
  });

  describe('tells of each episode once', () => {
    const free = aQueue({ messages_ready: 4 });
    const lookOften = () => {
      for (let count = 0; count < 5; count += 1) look(aQueue());
    };

    it('until it was told, and again after the queue was free', () => {
      lookOften();
      expect(stuck.begun).toEqual([{ queue: 'green.crm', isNew: false }]);
      look(aQueue());
      expect(stuck.begun).toHaveLength(1);
      stuck.told('green.crm');
      lookOften();
      expect(stuck.begun).toEqual([]);
      look(free);
      lookOften();
      expect(stuck.begun).toEqual([{ queue: 'green.crm', isNew: true }]);
    });

    it('and knows which it saw begin', () => {
      look(free);
      lookOften();
      expect(stuck.begun).toEqual([{ queue: 'green.crm', isNew: true }]);
    });
  });

  it.each([
    [{ messages: 0, messages_ready: 0, messages_unacknowledged: 0 }, true],
    [{ messages: 1, messages_ready: 0, messages_unacknowledged: 0 }, false],
    [{ messages: 0, messages_ready: undefined, messages_unacknowledged: 0 }, false],
  ])('a queue with %j is drained: %s', (figures, drained) => {
    expect(isDrained(aQueue(figures))).toBe(drained);
  });
});
