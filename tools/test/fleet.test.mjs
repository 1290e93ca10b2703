import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fleet, loadSecrets, migrationEnv, serviceEnv } from '../fleet.mjs';

const dir = mkdtempSync(join(tmpdir(), 'groundswell-fleet-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const infra = {
  databaseUrl: 'postgres://owner:secret@127.0.0.1:5432/groundswell',
  amqpUrl: 'amqp://root:secret@127.0.0.1:5672/vhost',
  amqpManagementUrl: 'http://root:secret@127.0.0.1:15672',
  redisUrl: 'redis://127.0.0.1:6379/0',
};

test('secrets are made once and readable by their owner only', () => {
  const secrets = loadSecrets(dir);
  assert.deepEqual(loadSecrets(dir), secrets);
  assert.equal(statSync(join(dir, 'secrets.json')).mode & 0o077, 0);
  assert.equal(Buffer.from(secrets.envelopeKey, 'base64url').length, 32);
});

test('each service gets its own database role, with the password the migration gives it', () => {
  const secrets = loadSecrets(dir);
  const migration = migrationEnv(infra, secrets);
  const users = fleet.map(({ name }) => {
    const { username, password, pathname } = new URL(serviceEnv(name, infra, secrets).DATABASE_URL);
    assert.equal(migration[`${username.toUpperCase()}_PASSWORD`], password);
    assert.equal(pathname, '/groundswell');
    return username;
  });
  assert.deepEqual(users, [
    'gs_topology',
    'gs_ingest',
    'gs_notify',
    'gs_mail',
    'gs_stats',
    'gs_mtt',
    'gs_forwarder',
    'gs_gateway',
  ]);
});

test('only topology-service gets the administrator of the broker, and the passwords of the users it creates', () => {
  const secrets = loadSecrets(dir);
  const [topology, ingest, notify, mail, stats, mtt, forwarder, gateway] = fleet.map(({ name }) =>
    serviceEnv(name, infra, secrets),
  );
  assert.equal(topology.AMQP_URL, infra.amqpUrl);
  assert.equal(ingest.AMQP_URL, `amqp://ingest:${topology.BROKER_INGEST_PASSWORD}@127.0.0.1:5672/vhost`);
  assert.equal(notify.AMQP_URL, `amqp://notify:${topology.BROKER_NOTIFY_PASSWORD}@127.0.0.1:5672/vhost`);
  assert.equal(stats.AMQP_URL, `amqp://stats:${topology.BROKER_STATS_PASSWORD}@127.0.0.1:5672/vhost`);
  assert.equal(mtt.AMQP_URL, `amqp://mtt:${topology.BROKER_MTT_PASSWORD}@127.0.0.1:5672/vhost`);
  assert.equal(forwarder.AMQP_URL, `amqp://forwarder:${topology.BROKER_FORWARDER_PASSWORD}@127.0.0.1:5672/vhost`);
  assert.equal(gateway.AMQP_URL, `amqp://gateway:${topology.BROKER_GATEWAY_PASSWORD}@127.0.0.1:5672/vhost`);
  for (const env of [ingest, notify, mail, stats, mtt, forwarder, gateway])
    assert.equal(JSON.stringify(env).includes('secret'), false);
});
