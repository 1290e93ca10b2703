import type { OutgoingMessage, PublishResult } from '@groundswell/messaging';
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

function aPublisher(answer: (id: string) => PublishResult = () => ({ status: 'confirmed' }), isConfirmed = true) {
  const published: string[] = [];
  const queues = new IngestQueues();
  queues.tell(isConfirmed);
  const publish = ({ messageId }: OutgoingMessage) => {
    published.push(messageId);
    return Promise.resolve(answer(messageId));
  };
  const pace = { portion: 2, messagesPerSecond: 1_000 };
  return { publisher: new CatalogOutboxPublisher({ publish }, queues, pace), published, queues };
}

it('answers one result per message, in their order', async () => {
  const { publisher } = aPublisher((id) =>
    id === 'b' ? { status: 'returned', replyText: 'NO_ROUTE' } : { status: 'confirmed' },
  );
  const results = await publisher.publishAll(['a', 'b', 'c'].map((id) => aMessage(id)));
  expect(results.map(({ status }) => status)).toEqual(['confirmed', 'returned', 'confirmed']);
  expect(await publisher.publishAll([])).toEqual([]);
});

it('keeps its pace and lets others run in between', async () => {
  const { publisher } = aPublisher();
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const startedAt = performance.now();
  await publisher.publishAll(Array.from({ length: 20 }, (_, index) => aMessage(`m${index}`)));
  isOver = true;
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(15);
  expect(turns).toBeGreaterThan(9);
});

it('stops at a fault of the surroundings: the rest would only time out one by one', async () => {
  const { publisher, published } = aPublisher((id) =>
    id === 'b' ? { status: 'unavailable', reason: 'timeout', maybeSent: true } : { status: 'confirmed' },
  );
  const results = await publisher.publishAll(['a', 'b', 'c', 'd'].map((id) => aMessage(id)));
  expect(results.map(({ status }) => status)).toEqual(['confirmed', 'unavailable', 'unavailable', 'unavailable']);
  expect(published).toEqual(['a', 'b']);
});

it('holds spool rows back until the ingest queues are confirmed, and nothing else', async () => {
  const { publisher, published, queues } = aPublisher(undefined, false);
  expect(await publisher.publishAll([aMessage('a'), aMessage('b', 'event')])).toEqual([
    { status: 'unavailable', reason: 'queues not confirmed' },
    { status: 'confirmed' },
  ]);
  expect(published).toEqual(['b']);
  queues.tell(true);
  expect(await publisher.publishAll([aMessage('a')])).toEqual([{ status: 'confirmed' }]);
});
