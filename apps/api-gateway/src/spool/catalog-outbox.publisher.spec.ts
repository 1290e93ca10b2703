import type { OutgoingMessage, PublishResult } from '@groundswell/messaging';
import { inFakeTime } from '@groundswell/testing';
import { CatalogOutboxPublisher } from './catalog-outbox.publisher';
import { IngestQueues } from './ingest-queues';

const aMessage = (messageId: string, exchange = 'ingest') => ({
  exchange,
  routingKey: '1',
  body: '{}',
  messageId,
  headers: {},
  mandatory: true,
});

interface Surroundings {
  answer?: (id: string) => PublishResult;
  isConfirmed?: boolean;
  messagesPerSecond?: number;
}

function aPublisher({
  answer = () => ({ status: 'confirmed' }),
  isConfirmed = true,
  messagesPerSecond = 1_000,
}: Surroundings = {}) {
  const published: string[] = [];
  const queues = new IngestQueues();
  queues.tell(isConfirmed);
  const publish = ({ messageId }: OutgoingMessage) => {
    published.push(messageId);
    return Promise.resolve(answer(messageId));
  };
  const pace = { portion: 2, messagesPerSecond };
  return { publisher: new CatalogOutboxPublisher({ publish }, queues, pace), published, queues };
}

it('answers one result per message, in their order', async () => {
  const { publisher } = aPublisher({
    answer: (id) => (id === 'b' ? { status: 'returned', replyText: 'NO_ROUTE' } : { status: 'confirmed' }),
  });
  const results = await publisher.publishAll(['a', 'b', 'c'].map((id) => aMessage(id)));
  expect(results.map(({ status }) => status)).toEqual(['confirmed', 'returned', 'confirmed']);
  expect(await publisher.publishAll([])).toEqual([]);
});

it('keeps its pace', async () => {
  const leftAt: number[] = [];
  const { publisher } = aPublisher({
    answer: () => {
      leftAt.push(performance.now());
      return { status: 'confirmed' };
    },
  });
  await inFakeTime(() => publisher.publishAll(['a', 'b', 'c', 'd', 'e'].map((id) => aMessage(id))));
  expect(leftAt.map((at) => at - leftAt[0]!)).toEqual([0, 0, 2, 2, 4]);
});

it('lets others run in between, also when it is late', async () => {
  const { publisher, published } = aPublisher({ messagesPerSecond: Infinity });
  let isOver = false;
  const others = (): void => {
    if (isOver) return;
    published.push('others');
    setImmediate(others);
  };
  setImmediate(others);
  await publisher.publishAll(['a', 'b', 'c', 'd', 'e'].map((id) => aMessage(id)));
  isOver = true;
  expect(published).toEqual(['a', 'b', 'others', 'c', 'd', 'others', 'e']);
});

it('stops at a fault of the surroundings: the rest would only time out one by one', async () => {
  const { publisher, published } = aPublisher({
    answer: (id) =>
      id === 'b' ? { status: 'unavailable', reason: 'timeout', maybeSent: true } : { status: 'confirmed' },
  });
  const results = await publisher.publishAll(['a', 'b', 'c', 'd'].map((id) => aMessage(id)));
  expect(results.map(({ status }) => status)).toEqual(['confirmed', 'unavailable', 'unavailable', 'unavailable']);
  expect(published).toEqual(['a', 'b']);
});

it('holds spool rows back until the ingest queues are confirmed, and nothing else', async () => {
  const { publisher, published, queues } = aPublisher({ isConfirmed: false });
  expect(await publisher.publishAll([aMessage('a'), aMessage('b', 'event')])).toEqual([
    { status: 'unavailable', reason: 'queues not confirmed' },
    { status: 'confirmed' },
  ]);
  expect(published).toEqual(['b']);
  queues.tell(true);
  expect(await publisher.publishAll([aMessage('a')])).toEqual([{ status: 'confirmed' }]);
});
