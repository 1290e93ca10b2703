import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@groundswell/testing';
import { Balancer } from './balancer';

interface Gateway {
  server: Server;
  url: string;
  /** Probes that are answered by 503 yet. */
  failures: number;
  probes: number;
  answer: number | 'reset';
}

describe('the balancer in front of gateways', () => {
  let balancer: Balancer;
  const gateways: Gateway[] = [];

  const aGateway = async (): Promise<Gateway> => {
    const gateway: Gateway = { server: createServer(), url: '', failures: 0, probes: 0, answer: 200 };
    gateway.server.on('request', (request, response) => {
      if (request.url === '/ready') {
        gateway.probes += 1;
        response.writeHead(gateway.failures > 0 ? 503 : 200).end();
        gateway.failures -= 1;
      } else if (gateway.answer === 'reset') request.socket.resetAndDestroy();
      else response.writeHead(gateway.answer).end('said');
    });
    await new Promise<void>((resolve) => gateway.server.listen(0, '127.0.0.1', resolve));
    gateway.url = `http://127.0.0.1:${(gateway.server.address() as AddressInfo).port}`;
    gateways.push(gateway);
    return gateway;
  };

  beforeEach(async () => {
    balancer = await Balancer.open(100);
  });
  afterEach(async () => {
    await balancer.close();
    for (const { server } of gateways.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const ask = async (): Promise<string> => {
    const response = await fetch(`${balancer.url}/any`, { signal: AbortSignal.timeout(30_000) });
    await response.text();
    return `${response.status} ${response.headers.get('x-gateway')}`;
  };
  const untilReady = (...names: string[]) => waitFor(() => balancer.ready.join() === names.join());

  it('takes turns among those that are ready, and leaves out who is not or was removed', async () => {
    const [first, second] = [await aGateway(), await aGateway()];
    balancer.add('first', first.url);
    balancer.add('second', second.url);
    await untilReady('first', 'second');
    expect(new Set([await ask(), await ask()])).toEqual(new Set(['200 first', '200 second']));
    first.failures = Infinity;
    await untilReady('second');
    expect([await ask(), await ask()]).toEqual(['200 second', '200 second']);
    balancer.remove('second');
    expect(await ask()).toBe('503 null');
    expect(balancer.broken).toEqual([expect.stringContaining('nobody is ready for GET /any')]);
  });

  it('goes on with a gateway that failed a single probe', async () => {
    const only = await aGateway();
    balancer.add('only', only.url);
    await untilReady('only');
    only.failures = 1;
    const seen = new Set<string>();
    const before = only.probes;
    await waitFor(() => {
      seen.add(balancer.ready.join());
      return only.probes > before + 2;
    });
    expect(seen).toEqual(new Set(['only']));
    only.failures = 2;
    await untilReady();
    await untilReady('only');
  });

  it('hands on what a gateway did, once, and notes 5xx and resets', async () => {
    const only = await aGateway();
    balancer.add('only', only.url);
    await untilReady('only');
    only.answer = 500;
    expect(await ask()).toBe('500 only');
    only.answer = 'reset';
    expect(await ask()).toBe('502 null');
    expect(balancer.broken).toEqual([
      expect.stringMatching(/only GET \/any: 500$/),
      expect.stringMatching(/only GET \/any: ECONNRESET$/),
    ]);
    only.answer = 404;
    expect(await ask()).toBe('404 only');
    expect(balancer.brokenCount).toBe(2);
    expect(balancer.statuses).toEqual({ 404: 1, 500: 1 });
  });
});
