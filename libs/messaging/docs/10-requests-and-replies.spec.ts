import { RabbitProxy, waitFor } from '@groundswell/testing';
import {
  Rpc,
  RpcRefusedError,
  RpcTimeoutError,
  RpcUnavailableError,
  serveRequests,
  TransientError,
} from '../src/index';
import { type Numbered, numbered, useBroker } from '../test/use-broker';

/** 10. Commands that must answer with a result from another service: request and reply over the broker. The id travels along,
 *  so asking again after a timeout is safe. */
const broker = useBroker();

const aClient = async (amqpUrl?: string): Promise<Rpc> => {
  const connections = broker.connect(amqpUrl === undefined ? {} : { urls: amqpUrl });
  const publisher = await broker.publisher({ connection: connections.publish });
  const rpc = new Rpc({ connection: connections.consume, publisher, serviceName: 'asker' });
  rpc.start();
  broker.afterwards(() => rpc.stop());
  await waitFor(() => rpc.isOpen);
  return rpc;
};

const aServer = async (serve: (request: Numbered, id: string) => Promise<unknown>): Promise<string> => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();
  const { supervisor } = broker.consumers();
  supervisor.register(
    { id: `serves ${queue}`, contract: numbered, kind: 'single', queues: [queue] },
    serveRequests<Numbered>(publisher, (request, envelope) => serve(request, envelope.messageId)),
  );
  supervisor.start();
  return queue;
};

it('brings the answer of a service back, with many requests on their way at once', async () => {
  const queue = await aServer(async ({ n }) => ({ doubled: n * 2 }));
  const rpc = await aClient();
  const answers = await Promise.all(
    [1, 2, 3, 4].map((n) =>
      rpc.request({ exchange: 'ingest', routingKey: queue }, { n }, { timeoutMs: 60_000, id: `r${n}` }),
    ),
  );
  expect(answers).toEqual([{ doubled: 2 }, { doubled: 4 }, { doubled: 6 }, { doubled: 8 }]);
});

it('brings a refusal back with its code', async () => {
  const queue = await aServer(async () => {
    throw new RpcRefusedError('campaign.closed', 'the campaign is closed', { campaignId: 4 });
  });
  const rpc = await aClient();
  const refused = rpc.request({ exchange: 'ingest', routingKey: queue }, { n: 1 }, { timeoutMs: 60_000, id: 'r' });
  await expect(refused).rejects.toMatchObject({ code: 'campaign.closed', details: { campaignId: 4 } });
  await expect(refused).rejects.toBeInstanceOf(RpcRefusedError);
});

it('gives up after its timeout; the same id again gets the answer of the first time', async () => {
  const carriedOut = new Map<string, number>();
  let isSlow = true;
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const queue = await aServer(async ({ n }, id) => {
    carriedOut.set(id, carriedOut.get(id) ?? n);
    if (isSlow) await gate;
    return carriedOut.get(id);
  });
  const rpc = await aClient();
  const ask = (n: number, timeoutMs: number) =>
    rpc.request({ exchange: 'ingest', routingKey: queue }, { n }, { timeoutMs, id: 'once' });

  // A request nobody took in time is gone from the queue.
  for (let timeoutMs = 100; carriedOut.size === 0; timeoutMs *= 2) {
    const late = ask(1, timeoutMs);
    await expect(late).rejects.toBeInstanceOf(RpcTimeoutError);
    await expect(late).rejects.toBeInstanceOf(TransientError);
  }
  isSlow = false;
  release();
  expect(await ask(2, 60_000)).toBe(1);
});

it('says at once that nobody serves, or that there is no way back', async () => {
  const rpc = await aClient();
  const unserved = rpc.request({ exchange: 'ingest', routingKey: 'nobody' }, { n: 1 }, { timeoutMs: 60_000, id: 'r' });
  await expect(unserved).rejects.toMatchObject({ code: 'messaging.rpc_unavailable', maybeSent: false });
  await rpc.stop();
  const closed = rpc.request({ exchange: 'ingest', routingKey: 'nobody' }, { n: 1 }, { timeoutMs: 60_000, id: 'r' });
  await expect(closed).rejects.toBeInstanceOf(RpcUnavailableError);
});

it('has a new reply queue after a reconnect; who waited is told, since the old queue is gone', async () => {
  const queue = await aServer(async ({ n }) => n);
  const proxy = await RabbitProxy.start(broker.vhost.amqpUrl);
  broker.afterwards(() => proxy.close());
  const rpc = await aClient(proxy.amqpUrl);
  const silent = await broker.queue();
  const waiting = rpc.request({ exchange: 'ingest', routingKey: silent }, { n: 1 }, { timeoutMs: 600_000, id: 'r1' });
  waiting.catch(() => undefined);
  await waitFor(async () => (await broker.vhost.look(silent))?.ready === 1);
  proxy.cut();
  await expect(waiting).rejects.toMatchObject({ code: 'messaging.rpc_unavailable', maybeSent: true });

  const answer = await waitFor(async () => ({
    value: await rpc.request({ exchange: 'ingest', routingKey: queue }, { n: 5 }, { timeoutMs: 20_000, id: 'r2' }),
  }));
  expect(answer).toEqual({ value: 5 });
});
