import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ensureDatabase } from '../infra/database.mjs';
import { startServers, wipeData } from '../infra/index.mjs';
import { OwnedError } from '../process/ownership.mjs';

const parent = mkdtempSync(join(process.env.TEST_DIR ?? tmpdir(), 'tool-servers-'));
const dir = join(parent, 'servers');

async function query(url, sql) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  // A server killed under its client reports that here as well.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function redis(url, ...command) {
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  try {
    return await client.call(...command);
  } finally {
    client.disconnect();
  }
}

describe('private servers', () => {
  let servers;
  let url;
  before(async () => {
    servers = await startServers({ dir, named: {} });
    url = await ensureDatabase(servers.databaseUrl);
  });
  after(async () => {
    await servers?.stop({ discard: true });
    await wipeData(dir);
    rmSync(parent, { recursive: true, force: true });
  });

  test('come back after kill -9 with the same address and data', async () => {
    await query(url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
    await redis(servers.redisUrl, 'SET', 'kept', '7');
    const all = [servers.postgres, servers.rabbit, servers.redis];
    const pids = all.map((server) => server.pid);
    await Promise.all(all.map((server) => server.kill('SIGKILL')));
    assert.deepEqual(
      all.map((server) => server.isRunning()),
      [false, false, false],
    );
    await Promise.all(all.map((server) => server.restart()));
    for (const [index, server] of all.entries()) assert.notEqual(server.pid, pids[index]);
    assert.deepEqual(await query(url, 'SELECT id FROM kept'), [{ id: 7 }]);
    assert.equal(await redis(servers.redisUrl, 'GET', 'kept'), '7');
  });

  test('make the database once, however often it is asked for', async () => {
    const urls = await Promise.all([1, 2, 3].map(() => ensureDatabase(servers.databaseUrl)));
    assert.deepEqual(new Set(urls), new Set([url]));
  });

  test('belong to one process: a second start on the same folder is refused', async () => {
    await assert.rejects(startServers({ dir, named: {} }), OwnedError);
  });

  test('move to another port when theirs was taken meanwhile', async () => {
    const { startRedis } = await import('../infra/index.mjs');
    const own = join(parent, 'moving');
    const first = await startRedis({ dir: own });
    await redis(first.url, 'SET', 'kept', '8');
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    await once(squatter, 'listening');
    const second = await startRedis({ dir: own });
    assert.notEqual(second.port, first.port);
    assert.equal(await redis(second.url, 'GET', 'kept'), '8');
    await second.stop();
    squatter.close();
  });
});
