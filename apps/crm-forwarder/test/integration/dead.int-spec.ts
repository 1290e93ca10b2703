import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crmQueue, exchanges, systemQueues } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { ForwarderFixture, type ParkedRow } from './forwarder-fixture';

const run = promisify(execFile);
const noHome = 'no way home';

describe('what finds no way home', () => {
  let fixture: ForwarderFixture;

  beforeAll(async () => {
    fixture = await ForwarderFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const properties = { messageId: 'action:1:deliver:7', headers: { org_id: 7, action_id: 1, attempt: 1 } };
  const parkedUnder = (queue: string): Promise<ParkedRow[]> =>
    waitFor(async () => {
      const rows = (await fixture.parked()).filter((row) => row.queue === queue);
      return rows.length > 0 && rows;
    });
  const sendHome = (queue: string, body: unknown, options: object = properties): void => {
    fixture.vhost.channel.publish(exchanges.retry, queue, Buffer.from(JSON.stringify(body)), options);
  };
  const drained = () => waitFor(async () => (await fixture.vhost.look(systemQueues.dead))?.ready === 0);

  it('is parked under the queue that rejected it, with body, headers and what happened', async () => {
    const queue = crmQueue('gone');
    await fixture.declareQueue(queue);
    await fixture.send(queue, { some: 'action' }, properties);
    // However soon it comes home: the way is gone before.
    await fixture.vhost.channel.unbindQueue(queue, exchanges.retry, queue);
    await fixture.reject(queue);
    await fixture.vhost.channel.deleteQueue(queue);
    const [row, ...others] = await parkedUnder(queue);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      messageId: properties.messageId,
      reason: noHome,
      headers: properties.headers,
      details: {
        exchange: exchanges.retry,
        routingKey: queue,
        deaths: [
          { queue: systemQueues.retry, reason: 'expired', count: 1 },
          { queue, reason: 'rejected', count: 1 },
        ],
      },
    });
    expect(row?.body.toString()).toBe('{"some":"action"}');
  });

  it('is parked once, however often it comes', async () => {
    const queue = crmQueue('twice');
    for (let round = 0; round < 3; round += 1) sendHome(queue, { round: 'any' });
    await parkedUnder(queue);
    const before = await fixture.settled('dead');
    sendHome(queue, { round: 'any' });
    await waitFor(async () => (await fixture.settled('dead')) > before);
    await drained();
    expect(await parkedUnder(queue)).toHaveLength(1);
  });

  it('is parked under the queue it was sent to again, not under one that rejected it long ago', async () => {
    const death = { queue: crmQueue('before'), reason: 'rejected', count: 2, exchange: '', 'routing-keys': [''] };
    sendHome(crmQueue('after'), {}, { messageId: 'moved', headers: { 'x-death': [death] } });
    expect(await parkedUnder(crmQueue('after'))).toMatchObject([{ messageId: 'moved' }]);
  });

  it('is parked under system.dead when it does not say where it belongs', async () => {
    await fixture.send(systemQueues.dead, ['any', 'JSON'], { messageId: 'lost' });
    expect(await parkedUnder(systemQueues.dead)).toMatchObject([{ messageId: 'lost', reason: noHome }]);
  });

  it('is parked with any bytes as its body', async () => {
    const [queue, bytes] = [crmQueue('bytes'), Buffer.from([0x00, 0xff, 0x7b, 0x22])];
    fixture.vhost.channel.publish(exchanges.retry, queue, bytes, { messageId: 'bytes' });
    const [row] = await parkedUnder(queue);
    expect(row?.body).toEqual(bytes);
  });

  it('is replayed to its queue by the command for parked messages', async () => {
    const queue = crmQueue('back');
    sendHome(queue, { signed: 'by Ada' });
    const [row] = await parkedUnder(queue);
    const command = await parkedCommand(fixture);
    try {
      expect(await command.run('list', '--schema', 'forwarder', '--queue', queue)).toContain(
        `forwarder\t${row?.id}\t${queue}\t${properties.messageId}\t${noHome}\t`,
      );
      await fixture.declareQueue(queue);
      expect(await command.run('replay', 'forwarder', String(row?.id))).toBe('1 of 1 replayed\n');
    } finally {
      command.remove();
    }
    const [message, ...others] = await fixture.vhost.drain(queue);
    expect(others).toEqual([]);
    expect(message?.content.toString()).toBe('{"signed":"by Ada"}');
    expect(message?.properties).toMatchObject(properties);
    expect((await fixture.parked()).filter((parked) => parked.queue === queue)).toEqual([]);
  });

  it('stays where it is while the database is away', async () => {
    const queue = crmQueue('later');
    fixture.databaseProxy.refuse();
    sendHome(queue, {});
    const pauses = /consumer_pauses_total\{consumer="dead".*\} [1-9]/;
    await waitFor(async () => pauses.test(await fixture.metricsText()));
    fixture.databaseProxy.accept();
    expect(await parkedUnder(queue)).toHaveLength(1);
  });
});

/** As an operator has it: built, and run as a process. */
async function parkedCommand({ database, vhost }: ForwarderFixture) {
  // Below the checkout, where packages are found.
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync(join(process.cwd(), 'dist', 'parked-'));
  const program = join(folder, 'parked.js');
  const build = `import { bundle } from './tools/build/bundle.mjs';
    await bundle({ ${JSON.stringify(program)}: ${JSON.stringify(join(process.cwd(), 'tools/src/parked.ts'))} });`;
  await run(process.execPath, ['--input-type=module', '-e', build]);
  const env = {
    PATH: process.env['PATH'] ?? '',
    GROUNDSWELL_LOCAL: folder,
    DATABASE_URL: database.urls.owner,
    AMQP_URL: vhost.amqpUrl,
  };
  return {
    run: async (...args: string[]): Promise<string> =>
      (await run(process.execPath, [program, ...args], { env })).stdout,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
