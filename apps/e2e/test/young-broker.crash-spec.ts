import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report } from '../src/crash/crash-report';
import { aCrashWorld, listen } from '../src/crash/crash-world';
import { settle } from '../src/crash/settlement';

/** RabbitMQ has lost whole queues that were killed within their first second. */
const killAfterMs = 300;

describe('a broker without any queue yet', () => {
  let crash: CrashFleet;

  beforeAll(async () => {
    crash = await CrashFleet.create('young-broker');
  }, 120_000);
  afterAll(() => crash?.stop(), 60_000);

  const firstQueue = async (): Promise<boolean> => {
    const url = new URL('/api/queues', crash.home.infra.amqpManagementUrl);
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    url.username = url.password = '';
    const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    const queues = (await (await fetch(url, { headers: { authorization } })).json()) as { name: string }[];
    return queues.some(({ name }) => name.startsWith('system.'));
  };

  it('is killed 300 ms after the first declare while people sign, and the ledger is complete', async () => {
    const gateway = await crash.add('api-gateway', 1);
    await gateway.ready({ deadlineMs: 30_000 });
    const world = await aCrashWorld(crash.fleet);
    const run = `y${randomBytes(4).toString('hex')}`;
    const client = new CrashClient({
      random: seededRandom(1),
      run,
      pages: world.pages,
      gatewayUrls: () => crash.gatewayUrls,
      concurrency: 8,
    });
    client.start();
    client.allow(500);
    await waitFor(() => client.accepted >= 500, 30_000);
    client.allow(2_000);
    const starting = crash.start({ gateways: 0 });
    await waitFor(firstQueue, 30_000);
    await pause(killAfterMs);
    await crash.home.servers.rabbit.kill('SIGKILL');
    await crash.home.servers.rabbit.restart();
    await starting;
    await waitFor(() => client.quotaLeft <= 0, 60_000);
    await client.stop();
    await listen(crash.fleet, world);
    const { sql } = crash.fleet;
    const { arrivals } = world;
    const { amqpUrl } = crash.home.infra;
    const settled = await settle({ sql, amqpUrl, run, ledger: client.ledger, arrivals, counters: null }, 90_000);
    await arrivals.stop();
    const { sent, accepted, unknown, longestOutageMs } = client;
    report('young-broker', { sent, accepted, unknown, longestOutageMs, ...settled });
    expect(settled.faults).toEqual({});
    expect(unknown).toBe(0);
  }, 240_000);
});
