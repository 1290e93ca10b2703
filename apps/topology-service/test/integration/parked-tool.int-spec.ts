import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@groundswell/testing';
import { TopologyFixture } from './topology-fixture';

const run = promisify(execFile);

interface Answer {
  code: number;
  out: string;
  err: string;
}

/** The command as an operator has it: built, and run as a process. */
describe('the command for parked messages', () => {
  let fixture: TopologyFixture;
  let folder: string;
  let program: string;
  let environment: Record<string, string>;
  let org: number;

  beforeAll(async () => {
    // Below the checkout, where packages are found.
    mkdirSync('dist', { recursive: true });
    folder = mkdtempSync(join(process.cwd(), 'dist', 'parked-'));
    program = join(folder, 'parked.js');
    const build = `import { bundle } from './tools/build/bundle.mjs';
      await bundle({ ${JSON.stringify(program)}: ${JSON.stringify(join(process.cwd(), 'tools/src/parked.ts'))} });`;
    await run(process.execPath, ['--input-type=module', '-e', build]);
    fixture = await TopologyFixture.create();
    org = await fixture.addOrg('green', { custom_action_deliver: true });
    await fixture.startService();
    await fixture.confirmed('system');
    await fixture.confirmed(`org:${org}`);
    environment = { DATABASE_URL: fixture.database.urls.owner, AMQP_URL: fixture.vhost.amqpUrl };
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await fixture.close();
  });

  beforeEach(async () => {
    for (const schema of ['catalog', 'actions', 'topology']) {
      await fixture.sql.query(`delete from ${schema}.parked`);
      await fixture.sql.query(`delete from ${schema}.attempts`);
    }
  });

  const parked = async (...args: string[]): Promise<Answer> => {
    const env = { PATH: process.env['PATH'] ?? '', GROUNDSWELL_LOCAL: folder, ...environment };
    try {
      const { stdout, stderr } = await run(process.execPath, [program, ...args], { env });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  };

  const park = async (schema: string, columns: Record<string, unknown> = {}): Promise<string> => {
    const fields = {
      queue: 'system.ingest.3',
      message_id: 'submission:1',
      reason: 'unparsable',
      headers: JSON.stringify({ org_id: org }),
      body: Buffer.from('{"a":{"b":1}}'),
      ...columns,
    };
    const names = Object.keys(fields);
    const { rows } = await fixture.sql.query(
      `insert into ${schema}.parked (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})
       returning id`,
      Object.values(fields),
    );
    return String((rows[0] as { id: string }).id);
  };
  const countOf = async (schema: string): Promise<number> => {
    const { rows } = await fixture.sql.query(`select count(*)::int as count from ${schema}.parked`);
    return (rows[0] as { count: number }).count;
  };

  it('lists what all services have parked, by schema, queue and reason', async () => {
    await park('catalog', { queue: 'reply.x', parked_at: new Date('2026-01-01T00:00:00Z') });
    await park('actions', { reason: 'kills the process', message_id: 'two\nlines' });
    const id = await park('topology', { queue: 'system.dead' });
    const all = await parked('list');
    expect(all.code).toBe(0);
    expect(all.out.trim().split('\n')).toHaveLength(5);
    expect(all.out).toContain('two lines');
    expect(all.out).toContain('catalog\t');
    expect(all.out).toContain('2026-01-01T00:00:00.000Z\t13\n3 in all');

    expect((await parked('list', '--limit', '2')).out).toContain('2 of 3');
    const lines = (await parked('list', '--schema', 'topology', '--queue', 'system.dead')).out.trim().split('\n');
    expect(lines[1]).toContain(`topology\t${id}\tsystem.dead\tsubmission:1\tunparsable\t`);
    expect(lines).toHaveLength(3);
    expect((await parked('list', '--reason', 'kills the process')).out).toContain('1 in all');
  });

  it('shows one with its body, and warns of personal data', async () => {
    const json = await park('actions');
    const answer = await parked('show', 'actions', json);
    expect(answer.out).toContain('  "a": {\n    "b": 1\n');
    expect(answer.err).toContain('personal data');
    const text = await park('actions', { message_id: 'm2', body: Buffer.from('not JSON \u001b[31m') });
    expect((await parked('show', 'actions', text)).out).toContain('not JSON \\u001b[31m');
    const bytes = await park('actions', { message_id: 'm3', body: Buffer.from([255, 0]) });
    expect((await parked('show', 'actions', bytes)).out).toContain('base64: /wA=');
  });

  it('replays one under its id, body and headers, and lets the row and its attempts go', async () => {
    const id = await park('actions');
    await fixture.sql.query(
      `insert into actions.attempts (queue, message_id, alone) values ('system.ingest.3', 'submission:1', 3)`,
    );
    const parkedBefore = Math.floor(Date.now() / 1_000);
    const answer = await parked('replay', 'actions', id);
    expect(answer).toMatchObject({ code: 0, out: '1 of 1 replayed\n' });
    const [message] = await fixture.vhost.drain('system.ingest.3');
    expect(message?.content.toString()).toBe('{"a":{"b":1}}');
    expect(message?.properties).toMatchObject({ messageId: 'submission:1', deliveryMode: 2 });
    expect(message?.properties.headers).toMatchObject({ org_id: org });
    expect(message?.properties.timestamp).toBeLessThanOrEqual(parkedBefore);
    expect(message?.fields).toMatchObject({ exchange: 'system.retry', routingKey: 'system.ingest.3' });
    expect(await countOf('actions')).toBe(0);
    const { rowCount } = await fixture.sql.query('select 1 from actions.attempts');
    expect(rowCount).toBe(0);
    expect(await parked('replay', 'actions', id)).toMatchObject({ code: 1, err: `actions ${id} is not there\n` });
  });

  it('replays all of a queue and reason, oldest first', async () => {
    for (const index of [0, 1, 2]) await park('actions', { queue: 'green.crm', message_id: `m${index}` });
    await park('actions', { queue: 'green.crm', message_id: 'm3', reason: 'another' });
    await park('actions', { message_id: 'elsewhere' });
    const answer = await parked('replay', 'actions', '--all', '--queue', 'green.crm', '--reason', 'unparsable');
    expect(answer).toMatchObject({ code: 0, out: '3 of 3 replayed\n' });
    const ids = (await fixture.vhost.drain('green.crm')).map(({ properties }) => String(properties.messageId));
    expect(ids).toEqual(['m0', 'm1', 'm2']);
    expect(await countOf('actions')).toBe(2);
  });

  it('keeps the row of a message whose queue is not there, or takes no more', async () => {
    const gone = await park('topology', { queue: 'gone.crm', headers: '{}' });
    const missing = await parked('replay', 'topology', gone);
    expect(missing).toMatchObject({ code: 1, out: '0 of 1 replayed\n' });
    expect(missing.err).toContain('there is no queue gone.crm now');
    await fixture.vhost.channel.assertQueue('full.crm', {
      durable: true,
      arguments: { 'x-max-length': 0, 'x-overflow': 'reject-publish' },
    });
    await fixture.vhost.channel.bindQueue('full.crm', 'system.retry', 'full.crm');
    const full = await park('topology', { queue: 'full.crm', headers: '{}' });
    expect((await parked('replay', 'topology', full)).err).toContain('stays parked');
    expect(await countOf('topology')).toBe(2);
    expect((await fixture.vhost.look('system.dead'))?.ready).toBe(0);
  });

  it("keeps the row of a message whose queue is another org's by now", async () => {
    const id = await park('actions', { queue: 'green.crm', headers: JSON.stringify({ org_id: org + 1 }) });
    expect((await parked('replay', 'actions', id)).err).toBe(
      `actions ${id} stays parked: green.crm is another org's now\n`,
    );
  });

  it('does not swallow what is parked again before the row is gone', async () => {
    const id = await park('actions', { queue: 'green.crm', message_id: 'again' });
    const { channel } = fixture.vhost;
    // A reader that parks at once, as ours do: on conflict nothing.
    let reparked: Promise<unknown> | undefined;
    const { consumerTag } = await channel.consume(
      'green.crm',
      () => {
        reparked = fixture.sql.query(
          `insert into actions.parked (queue, message_id, reason, body) values ('green.crm', 'again', 'still bad', '{}')
           on conflict (queue, message_id) do nothing`,
        );
      },
      { noAck: true },
    );
    expect((await parked('replay', 'actions', id)).code).toBe(0);
    await waitFor(() => reparked !== undefined);
    await reparked;
    await channel.cancel(consumerTag);
    expect((await parked('list')).out).toContain('still bad');
  });

  it('drops what a person names and means', async () => {
    const id = await park('catalog');
    expect(await parked('drop', 'catalog', id)).toMatchObject({ code: 2, out: '' });
    expect(await countOf('catalog')).toBe(1);
    const answer = await parked('drop', 'catalog', id, '999999', '--yes');
    expect(answer.code).toBe(1);
    expect(answer.out).toBe(`dropped catalog ${id}: submission:1 of system.ingest.3 (unparsable)\n`);
    expect(answer.err).toBe('catalog 999999 is not there\n');
    expect(await countOf('catalog')).toBe(0);
  });

  it.each([
    [[]],
    [['lose']],
    [['list', 'more']],
    [['list', '--schema', 'public']],
    [['list', '--limit', 'x']],
    [['list', '--yes']],
    [['list', '--nonsense']],
    [['show', 'actions']],
    [['show', 'actions', '1', '2']],
    [['show', 'actions', '1; drop table']],
    [['replay', 'actions']],
    [['replay', 'actions', '--all']],
    [['replay', 'actions', '1', '--all', '--queue', 'q']],
    [['replay', 'actions', '1', '--queue', 'q']],
    [['drop', 'actions', '--yes']],
  ])('refuses %j and says how it goes', async (args) => {
    const answer = await parked(...args);
    expect(answer).toMatchObject({ code: 2, out: '' });
    expect(answer.err).toContain('usage:');
  });

  it('finds the servers of a running fleet by itself', async () => {
    const { DATABASE_URL: databaseUrl = '', AMQP_URL: amqpUrl = '' } = environment;
    environment = {};
    expect(await parked('list')).toMatchObject({ code: 1, err: expect.stringContaining('DATABASE_URL') as string });
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ databaseUrl, amqpUrl }));
    const id = await park('actions', { queue: 'green.crm' });
    expect((await parked('replay', 'actions', id)).out).toBe('1 of 1 replayed\n');
    await fixture.vhost.drain('green.crm');
    environment = { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl };
  });
});
