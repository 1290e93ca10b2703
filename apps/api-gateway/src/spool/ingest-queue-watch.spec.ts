import type { BrokerState } from '@groundswell/messaging';
import { IngestQueueWatch } from './ingest-queue-watch';
import { IngestQueues } from './ingest-queues';

class Surroundings {
  readonly queues = new IngestQueues();
  wakes = 0;
  answer: () => Promise<boolean> = () => Promise.resolve(false);
  onEvent: (routingKey: string, body: unknown) => void = () => undefined;
  readonly publisher = { isReady: true };
  onBroker: (state: BrokerState) => void = () => undefined;
  listeners = 2;
  readonly watch = new IngestQueueWatch({
    queues: this.queues,
    readModel: { isConfirmed: () => this.answer() },
    relay: { wake: () => (this.wakes += 1) },
    events: {
      listen: (_keys, listener) => {
        this.onEvent = listener;
        return () => (this.listeners -= 1);
      },
    },
    broker: {
      onChange: (listener) => {
        this.onBroker = listener;
        return () => (this.listeners -= 1);
      },
    },
    publisher: this.publisher,
    refreshMs: 60_000,
  });
}

const event = (orgId: number | null, state: string) => ({
  schema: 'groundswell:topology:1',
  orgId,
  version: 'v1',
  state,
});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('trusts nothing until it is told, and wakes the relay once', async () => {
  const around = new Surroundings();
  expect(around.queues.isSystemConfirmed).toBe(false);
  around.answer = () => Promise.resolve(true);
  await around.watch.refresh();
  await around.watch.refresh();
  expect([around.queues.isSystemConfirmed, around.wakes]).toEqual([true, 1]);
});

it('keeps what it knows while the database is away', async () => {
  const around = new Surroundings();
  around.queues.tell(true);
  around.answer = () => Promise.reject(new Error('database away'));
  await around.watch.refresh();
  expect(around.queues.isSystemConfirmed).toBe(true);
});

it('follows events about the system queues only', () => {
  const around = new Surroundings();
  around.watch.start();
  around.onEvent('system.topology.changed', event(7, 'confirmed'));
  around.onEvent('system.topology.changed', { schema: 'something else' });
  expect(around.queues.isSystemConfirmed).toBe(false);
  around.onEvent('system.topology.changed', event(null, 'confirmed'));
  expect(around.queues.isSystemConfirmed).toBe(true);
  around.onEvent('system.topology.changed', event(null, 'damaged'));
  expect(around.queues.isSystemConfirmed).toBe(false);
  around.watch.stop();
  expect(around.listeners).toBe(0);
});

it('does not let a read that began before an event undo it', async () => {
  const around = new Surroundings();
  let finish: (isConfirmed: boolean) => void = () => undefined;
  around.answer = () => new Promise((resolve) => (finish = resolve));
  around.watch.start();
  around.onEvent('system.topology.changed', event(null, 'pending'));
  finish(true);
  await turn();
  expect(around.queues.isSystemConfirmed).toBe(false);
  around.watch.stop();
});

it('wakes the relay once publishing works again, not before the channel is there', async () => {
  const around = new Surroundings();
  around.answer = () => Promise.resolve(true);
  around.watch.start();
  await turn();
  expect(around.wakes).toBe(1);
  around.onBroker('away');
  around.publisher.isReady = false;
  around.onBroker('up');
  await turn();
  expect(around.wakes).toBe(1);
  around.publisher.isReady = true;
  await around.watch.refresh();
  await around.watch.refresh();
  expect(around.wakes).toBe(2);
  around.watch.stop();
});

it('looks again when events may have been missed', async () => {
  const around = new Surroundings();
  around.watch.start();
  await turn();
  around.answer = () => Promise.resolve(true);
  around.onEvent('system.topology.changed', null);
  await turn();
  expect(around.queues.isSystemConfirmed).toBe(true);
  around.watch.stop();
});
