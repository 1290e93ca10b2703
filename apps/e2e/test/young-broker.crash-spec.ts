import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { connect } from 'amqplib';
import { crmQueue } from '@groundswell/contracts';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report } from '../src/crash/crash-report';
import { aCrashWorld, listen } from '../src/crash/crash-world';
import { settle } from '../src/crash/settlement';

/** RabbitMQ has lost whole queues that were killed within their first second. */
const killAfterMs = 300;
/** A queue declared just before the kill can come back listed as running and led, and answer nobody. */
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 3);
const roundLimitMs = 90_000;

interface ListedQueue {
  name: string;
  leader?: string;
}

async function listQueues({ home }: CrashFleet): Promise<ListedQueue[]> {
  const url = new URL('/api/queues?disable_stats=true&enable_queue_totals=true', home.infra.amqpManagementUrl);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = url.password = '';
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  return (await (await fetch(url, { headers: { authorization } })).json()) as ListedQueue[];
}

/** What a queue does with one message: "ok", or how it fails. */
async function carriesMessage(amqpUrl: string, queue: string): Promise<string> {
  const connection = await connect(amqpUrl);
  let broken: Error | undefined;
  connection.on('error', (error: Error) => (broken = error));
  const carry = async (): Promise<string> => {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    channel.sendToQueue(queue, Buffer.from('{}'), { persistent: true });
    await channel.waitForConfirms();
    const message = await channel.get(queue);
    if (message) channel.ack(message);
    return message ? 'ok' : 'confirmed, and not there';
  };
  const told = await Promise.race([
    carry().catch((error: Error) => (broken ?? error).message),
    pause(5_000).then(() => 'no answer'),
  ]);
  if (told === 'ok') await connection.close();
  // What hangs would keep an orderly close waiting.
  else (connection.connection as { stream?: Duplex }).stream?.destroy(new Error(told));
  return told;
}

describe('a broker without any queue yet', () => {
  let crash: CrashFleet;

  beforeAll(async () => {
    crash = await CrashFleet.create('young-broker');
  });
  afterAll(() => crash?.stop());

  const firstQueue = async (): Promise<boolean> =>
    (await listQueues(crash)).some(({ name }) => name.startsWith('system.'));

  it('is killed 300 ms after the first declare while people sign, and the ledger is complete', async () => {
    const gateway = await crash.add('api-gateway', 1);
    await gateway.ready({ deadlineMs: 60_000 });
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
    await waitFor(() => client.accepted >= 500);
    client.allow(2_000);
    const starting = crash.start({ gateways: 0 });
    await waitFor(firstQueue);
    await pause(killAfterMs);
    await crash.home.servers.rabbit.kill('SIGKILL');
    await crash.home.servers.rabbit.restart();
    await starting;
    await waitFor(() => client.quotaLeft <= 0);
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
  });
});

describe('a broker that is killed right after a queue was declared', () => {
  let crash: CrashFleet;

  beforeAll(async () => {
    crash = await CrashFleet.create('young-queues');
    await crash.start({ ingests: 0, gateways: 0 });
  });
  afterAll(() => crash?.stop());

  const addOrg = async (name: string): Promise<string> => {
    const { rows } = await crash.fleet.sql.query<{ id: number }>(
      'insert into catalog.orgs (name, title, custom_action_deliver) values ($1, $2, true) returning id',
      [name, name],
    );
    return `org:${rows[0]!.id}`;
  };
  const confirmed = async (scopes: string[]): Promise<boolean> => {
    const { rows } = await crash.fleet.sql.query(
      `select 1 from topology.queue_sets where scope = any($1) and state = 'confirmed'`,
      [scopes],
    );
    return rows.length === scopes.length;
  };

  it(
    'comes back with queues that carry messages by the time they are confirmed',
    async () => {
      const { amqpUrl } = crash.home.infra;
      const random = seededRandom(Number(process.env['CRASH_SEED'] ?? 1));
      const faults: string[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        const queue = crmQueue(`young${round}`);
        const scope = await addOrg(`young${round}`);
        await waitFor(async () => (await listQueues(crash)).some(({ name }) => name === queue));
        const waitMs = Math.floor(random() * 500);
        await pause(waitMs);
        await crash.home.servers.rabbit.kill('SIGKILL');
        await crash.home.servers.rabbit.restart();
        const told = await carriesMessage(amqpUrl, queue);
        await waitFor(() => confirmed(['system', scope]), roundLimitMs);
        const outcome = await carriesMessage(amqpUrl, queue);
        process.stderr.write(`round ${round}: killed after ${waitMs} ms, came back: ${told}; confirmed: ${outcome}\n`);
        if (outcome !== 'ok') faults.push(`${queue} is confirmed: ${outcome}`);
      }
      expect(faults).toEqual([]);
    },
    30_000 + rounds * roundLimitMs,
  );
});
