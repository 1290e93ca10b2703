import type { QueueFigures } from '../broker/management.client';
import { QueueProgress } from './queue-progress';

const aQueue = (changes: Partial<QueueFigures> = {}): QueueFigures => ({
  name: 'green.crm',
  messages: 5,
  messages_ready: 4,
  messages_unacknowledged: 1,
  consumers: 1,
  message_stats: { publish: 10, ack: 5 },
  ...changes,
});

describe('QueueProgress', () => {
  const after = (before: Partial<QueueFigures>, now: Partial<QueueFigures>) => {
    const progress = new QueueProgress();
    progress.observe([aQueue(before)]);
    return progress.observe([aQueue(now)]).get('green.crm');
  };

  it.each<[string, Partial<QueueFigures>, Partial<QueueFigures>, boolean]>([
    ['nothing happens', {}, {}, true],
    ['only more comes', {}, { messages: 9, message_stats: { publish: 14, ack: 5 } }, true],
    ['it is delivered again and again', {}, { message_stats: { publish: 10, ack: 5, deliver_get: 99 } }, true],
    ['the broker counts anew', {}, { message_stats: {} }, true],
    ['one is acked', {}, { message_stats: { publish: 10, ack: 6 } }, false],
    ['one goes to a reader who need not ack', {}, { message_stats: { ack: 5, deliver_no_ack: 1 } }, false],
    ['one is taken by one who need not ack', {}, { message_stats: { ack: 5, get_no_ack: 1 } }, false],
    ['it holds less', {}, { messages: 4 }, false],
    ['it holds nothing', { messages: 0 }, { messages: 0, messages_ready: 0 }, false],
  ])('does not move: %s', (_what, before, now, expected) => {
    expect(after(before, now)?.not_moving).toBe(expected);
  });

  it.each<[Partial<QueueFigures>, boolean]>([
    [{ consumers: 0 }, true],
    [{ consumers: 1 }, false],
    [{ consumers: 0, messages_ready: 0 }, false],
  ])('with %j has no reader: %s', (figures, expected) => {
    expect(after({}, figures)?.no_consumer).toBe(expected);
  });

  it('knows nothing of a queue that has not reported', () => {
    expect(after({}, { consumers: undefined })).toBeNull();
  });
});
