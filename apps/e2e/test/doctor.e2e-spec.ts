import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { crmQueue, exchanges, factQueue, stageMessageId, statsKeysOf } from '@groundswell/contracts';
import { SecretEnvelope } from '@groundswell/crypto';
import { serviceRoles } from '@groundswell/persistence';
import { TestVhost, waitFor } from '@groundswell/testing';
import { fleet as members, type ServiceName } from '@groundswell/fleet';
// The servers have no alias, since only tests and the tools themselves start any.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
import { startRedis, type RedisServer } from '../../../tools/infra/index.mjs';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg, type TestPage } from '../src/campaign-world';
import { compileCache } from '../src/compile-cache';
import { rolePassword, sharedHome, type FleetHome } from '../src/fleet-home';
import { TestFleet } from '../src/test-fleet';

const run = promisify(execFile);

/** The figures of the tests' own broker are a second old. */
const settleSeconds = 3;

interface Report {
  isHealthy: boolean;
  checks: {
    id: string;
    findings: { about: string; says: string; severity: string }[];
    figures: Record<string, number | string>;
    reason: string | null;
  }[];
}

/** One run of the command: its exit code, and what it calls a fault, by check. */
interface Examined {
  code: number;
  faults: Record<string, string[]>;
  unmade: string[];
  checks: Report['checks'];
}

/** Something that is wrong with a deployment, how it is done and undone, and what doctor must call it. What `plant` returns, if an
 *  array, the others get. */
interface Plant {
  name: string;
  plant(): Promise<unknown>;
  heal(kept: unknown[]): Promise<unknown>;
  expected(kept: unknown[]): Record<string, string[]>;
}

/** All services on the servers that tests share, but for Redis, whose settings are changed here. */
async function startFleet(home: FleetHome, envelopeKey?: string): Promise<TestFleet> {
  const fleet = await TestFleet.create(home);
  if (envelopeKey) fleet.secrets.envelopeKey = envelopeKey;
  // Drift is to be found, not repaired.
  const changes: Partial<Record<ServiceName, Record<string, string>>> = {
    'topology-service': { RECONCILE_MS: '600000' },
  };
  await Promise.all(members.map(({ name }) => fleet.startOne(name, changes[name])));
  await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
  return fleet;
}

const addressOf = (fleet: TestFleet, name: ServiceName): string => new URL(fleet.service(name).url).host;

/** The shared Postgres does not wait for the disk, which is a fault. */
const silentOfShared = ['--skip', 'durability'];

interface Examination {
  args?: string[];
  /** Of services that are asked elsewhere than where they listen. */
  urls?: Partial<Record<string, string>>;
}

async function examine(fleet: TestFleet, { args = silentOfShared, urls = {} }: Examination = {}): Promise<Examined> {
  const { databaseUrl, amqpUrl, amqpManagementUrl, redisUrl } = fleet.home.infra;
  const env = {
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: compileCache,
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
    AMQP_MANAGEMENT_URL: amqpManagementUrl,
    REDIS_URL: redisUrl,
    SERVICE_URLS: fleet.services.map(({ name, url }) => `${name}=${urls[name] ?? url}`).join(','),
    ENVELOPE_KEY: fleet.secrets.envelopeKey,
  };
  const all = ['dist/tools/doctor.js', '--json', '--settle', String(settleSeconds), ...args];
  const { code, stdout, stderr } = await run(process.execPath, all, { env }).then(
    ({ stdout: out, stderr: err }) => ({ code: 0, stdout: out, stderr: err }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  if (stdout === '') throw new Error(`doctor ended with ${code}: ${stderr}`);
  const { checks } = JSON.parse(stdout) as Report;
  const faults = checks.flatMap(({ id, findings }): [string, string[]][] => {
    const found = findings.filter(({ severity }) => severity === 'fault').map(({ about }) => about);
    return found.length > 0 ? [[id, found.sort()]] : [];
  });
  const unmade = checks.filter(({ reason }) => reason !== null).map(({ id, reason }) => `${id}: ${reason}`);
  return { code, faults: Object.fromEntries(faults), unmade, checks };
}

/** Runs until it says that, since brokers and services need a moment; what it said last is the failure. */
async function untilExamined(
  fleet: TestFleet,
  expected: Record<string, string[]>,
  options: Examination = {},
): Promise<void> {
  let last: Examined | undefined;
  const wanted = { code: Object.keys(expected).length === 0 ? 0 : 1, faults: expected, unmade: [] };
  await waitFor(async () => {
    last = await examine(fleet, options);
    const { code, faults, unmade } = last;
    return (
      JSON.stringify({ code, faults: sorted(faults), unmade }) ===
      JSON.stringify({ ...wanted, faults: sorted(expected) })
    );
  }, 40_000).catch(() => undefined);
  expect(last).toMatchObject(wanted);
}

const sorted = (faults: Record<string, string[]>): [string, string[]][] =>
  Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1));

describe('a deployment under examination', () => {
  let fleet: TestFleet;
  let redis: RedisServer;
  let folder: string;
  let broker: ChannelModel;
  let channel: Channel;
  let cache: Redis;
  let org: TestOrg;
  /** Nobody reads its queue. */
  let patient: TestOrg;
  let page: TestPage;
  let patientPage: TestPage;

  const sql = (text: string, parameters: unknown[] = []) => fleet.sql.query<Record<string, string>>(text, parameters);
  /** By the fleet that is examined. */
  let signed = 0;
  const sign = async (on: { id: number }) => {
    await fleet.anonymous.data(signMutation, aSignature(on));
    signed += 1;
  };
  const stored = async (n: number, of = fleet) =>
    waitFor(
      async () => (await of.sql.query('select from actions.actions where processing_status >= 4')).rowCount === n,
    );
  const hashKey = () => statsKeysOf(new URL(fleet.home.infra.databaseUrl).pathname.slice(1)).campaign(page.campaignId);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'groundswell-doctor-'));
    redis = await startRedis({ dir: join(folder, 'redis') });
    const home = await sharedHome();
    fleet = await startFleet({ ...home, infra: { ...home.infra, redisUrl: redis.url } });
    [org, patient] = [await anOrg(fleet), await anOrg(fleet)];
    const campaign = await aCampaign(org);
    page = await aPage(org, campaign);
    patientPage = await aPage(patient, await aCampaign(patient));
    const reader = await connect(await fleet.crmLogin(org.id));
    reader.on('error', () => undefined);
    const reading = await reader.createChannel();
    await reading.consume(crmQueue(org.name), (message) => message && reading.ack(message));
    await fleet.crmLogin(patient.id);
    broker = await connect(fleet.home.infra.amqpUrl);
    broker.on('error', () => undefined);
    channel = await broker.createChannel();
    cache = new Redis(redis.url);
    await Promise.all([sign(page), sign(page), sign(patientPage), sign(patientPage)]);
    await stored(signed);
  });

  afterAll(async () => {
    cache?.disconnect();
    await broker?.close().catch(() => undefined);
    await fleet?.stop();
    await redis?.stop({ discard: true });
    await rm(folder, { recursive: true, force: true });
  });

  it('is healthy, and doctor says so', async () => {
    await untilExamined(fleet, {});
  });

  it('knows how durable Postgres is, and which spares are missing', async () => {
    const { rows } = await sql('show fsync');
    const { faults } = await examine(fleet, { args: ['--only', 'durability'] });
    expect(faults['durability'] ?? []).toEqual(rows[0]?.['fsync'] === 'off' ? ['fsync', 'full_page_writes'] : []);
    const cluster = await examine(fleet, { args: ['--cluster', '--only', 'nodes,standby'] });
    const nodes = cluster.checks.find(({ id }) => id === 'nodes')?.figures['nodes'] ?? 0;
    expect(cluster.faults['nodes'] ?? []).toEqual(Number(nodes) < 3 ? ['nodes'] : []);
    expect(cluster.faults['standby']).toContain('standby');
  });

  it('says it cannot look where a server is away', async () => {
    const away = await run(process.execPath, ['dist/tools/doctor.js', '--only', 'redis,grants'], {
      env: { REDIS_URL: 'redis://127.0.0.1:1', NODE_COMPILE_CACHE: compileCache },
    }).catch((error: { code: number; stdout: string }) => error);
    expect(away).toMatchObject({ code: 2 });
    expect(away.stdout).toMatch(/^FAILED +redis +.*ECONNREFUSED/m);
    expect(away.stdout).toMatch(/^skipped grants +.*DATABASE_URL is not set$/m);
  });

  const insert = (table: string, row: Record<string, unknown>) =>
    sql(
      `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.keys(row)
        .map((_, at) => `$${at + 1}`)
        .join(', ')})`,
      Object.values(row),
    );
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const inAnHour = () => new Date(Date.now() + 3_600_000);
  /** Held by a process that will not publish it. */
  const waitingMessage = () => ({
    ...{ body: '{}', routing_key: '3', created_at: minutesAgo(10), claimed_until: inAnHour() },
  });
  const otherKey = () => SecretEnvelope.fromText(randomBytes(32).toString('base64url'));
  const area = () => `campaign ${page.campaignId} a:PL`;
  const countMore = (by: number) =>
    sql('update stats.counters set count = count + $2 where campaign_id = $1 and kind = 1', [page.campaignId, by]);

  /** Of each round all at once: what is found must be just that. */
  const rounds: Plant[][] = [
    [
      {
        name: 'an action whose message is nowhere',
        plant: async () => {
          const { rows } = await sql('select min(id) as id from actions.actions where action_page_id = $1', [page.id]);
          const messageId = stageMessageId(Number(rows[0]?.['id']), 'deliver', org.id);
          const gone = await sql('delete from actions.outbox_sent where message_id = $1', [messageId]);
          expect(gone.rowCount).toBe(1);
          return [messageId];
        },
        heal: ([messageId]) => insert('actions.outbox_sent', { message_id: messageId, lane: org.id, outcome: 'sent' }),
        expected: () => ({ messages: [`deliver to org ${org.id}`] }),
      },
      {
        name: 'a binding that somebody removed',
        plant: () => channel.unbindQueue(crmQueue(org.name), exchanges.deliver, `${org.name}.*.*`),
        heal: () => channel.bindQueue(crmQueue(org.name), exchanges.deliver, `${org.name}.*.*`),
        expected: () => ({ topology: [`deliver ${org.name}.*.* → ${org.name}.crm`] }),
      },
      {
        name: 'a consumer that takes messages and hands on none',
        plant: async () => {
          const stuck = await broker.createChannel();
          let taken = 0;
          // Before the service's own reader, and with room for all there is.
          await stuck.consume(factQueue('mtt-service'), () => (taken += 1), { priority: 10 });
          await sign(patientPage);
          await waitFor(() => taken > 0);
          return [stuck];
        },
        heal: ([stuck]) => (stuck as Channel).close(),
        expected: () => ({ consumers: [factQueue('mtt-service')] }),
      },
    ],
    [
      {
        name: 'a counter that is not what the actions say',
        plant: () => countMore(1),
        heal: () => countMore(-1),
        expected: () => ({ counters: [area()], mirror: [area()] }),
      },
    ],
    [
      {
        name: 'a counter in Redis that is not the one of Postgres',
        plant: () => cache.hincrby(hashKey(), 'a:PL', 5),
        heal: () => cache.hincrby(hashKey(), 'a:PL', -5),
        expected: () => ({ mirror: [area()] }),
      },
      {
        name: 'a lease that ran out and nobody took over',
        plant: () => insert('mtt.leases', { name: 'gone', holder: 'nobody', fencing: 1, expires_at: minutesAgo(10) }),
        heal: () => sql(`delete from mtt.leases where name = 'gone'`),
        expected: () => ({ leases: ['lease mtt.gone'] }),
      },
      {
        name: 'a secret sealed with a key that nobody has',
        plant: () => insert('catalog.services', { org_id: org.id, name: 'smtp', password: otherKey().seal('secret') }),
        heal: () => sql('delete from catalog.services where org_id = $1', [org.id]),
        expected: () => ({ secrets: ['catalog.services.password'] }),
      },
      {
        name: 'the key of the instance without its private part',
        plant: async () => {
          const { rows } = await sql(
            `select k.private, k.id from catalog.public_keys k join catalog.orgs o on o.id = k.org_id
              where k.active and o.name = 'instance'`,
          );
          await sql('update catalog.public_keys set private = null where id = $1', [rows[0]?.['id']]);
          return [rows[0]?.['private'], rows[0]?.['id']];
        },
        heal: (kept) => sql('update catalog.public_keys set private = $1 where id = $2', kept),
        expected: () => ({ 'instance-key': ['instance'] }),
      },
      {
        name: 'a role that may not read what its service needs',
        plant: () => sql('revoke select on stats.counters from gs_mail'),
        heal: () => sql('grant select on stats.counters to gs_mail'),
        expected: () => ({ grants: ['gs_mail may not read'] }),
      },
      {
        name: 'a message that has been parked for hours',
        plant: () =>
          insert('notify.parked', {
            ...{ queue: factQueue('notify-service'), message_id: 'facts:1', reason: 'unparsable' },
            ...{ body: Buffer.from('{'), parked_at: minutesAgo(120) },
          }),
        heal: () => sql('delete from notify.parked'),
        expected: () => ({ parked: [`parked:notify-service:${factQueue('notify-service')}`] }),
      },
      {
        name: 'a spool that does not drain',
        plant: () => insert('catalog.outbox', { ...waitingMessage(), message_id: 'stuck', exchange: exchanges.ingest }),
        heal: () => sql(`delete from catalog.outbox where message_id = 'stuck'`),
        expected: () => ({ spool: ['spool'] }),
      },
      {
        name: 'an outbox that is not published',
        plant: () => insert('mtt.outbox', { ...waitingMessage(), message_id: 'stuck', exchange: exchanges.event }),
        heal: () => sql(`delete from mtt.outbox where message_id = 'stuck'`),
        expected: () => ({ outboxes: ['outbox:mtt-service:0'] }),
      },
      {
        name: 'a Redis that evicts counters',
        plant: () => cache.config('SET', 'maxmemory-policy', 'allkeys-lru'),
        heal: () => cache.config('SET', 'maxmemory-policy', 'noeviction'),
        expected: () => ({ redis: ['maxmemory-policy'] }),
      },
      {
        name: 'a queue of an org that nobody has read for two days',
        plant: async () => {
          const queue = crmQueue(patient.name);
          const marks = await sql('select drained_at, noted_at from topology.queue_marks where queue = $1', [queue]);
          await sql(
            `update topology.queue_marks set drained_at = null, noted_at = now() - interval '2 days' where queue = $1`,
            [queue],
          );
          return [marks.rows[0]?.['drained_at'], marks.rows[0]?.['noted_at'], queue];
        },
        heal: (kept) => sql('update topology.queue_marks set drained_at = $1, noted_at = $2 where queue = $3', kept),
        expected: () => ({ unread: [crmQueue(patient.name)] }),
      },
      {
        name: 'a queue that was lost and is not rebuilt',
        plant: async () => {
          const { rows } = await sql(
            `insert into topology.losses (scope, org_id, queue, cause, lost_from, found_at)
             values ($1, $2, $3, 'queue', now() - interval '2 hours', now() - interval '1 hour') returning id`,
            [`org:${org.id}`, org.id, crmQueue(org.name)],
          );
          return [rows[0]?.['id']];
        },
        heal: (kept) => sql('delete from topology.losses where id = $1', kept),
        expected: ([id]) => ({ losses: [`loss ${String(id)}`] }),
      },
    ],
    [
      {
        name: "a table that is another service's",
        plant: () => sql('alter table mtt.sweeps owner to gs_stats'),
        heal: async () => {
          await sql('alter table mtt.sweeps owner to current_user');
          await sql('grant select, insert, update, delete on mtt.sweeps to gs_mtt');
        },
        expected: () => ({
          grants: ['gs_stats may read, and should not,', 'gs_stats may write, and should not,', 'owner gs_stats'],
        }),
      },
      {
        name: 'a migration that has not run',
        plant: async () => {
          const { rows } = await sql(
            'delete from schema_migrations where id = (select max(id) from schema_migrations) returning id, timestamp, name',
          );
          return [rows[0]?.['id'], rows[0]?.['timestamp'], rows[0]?.['name']];
        },
        heal: (kept) => sql('insert into schema_migrations (id, timestamp, name) values ($1, $2, $3)', kept),
        expected: () => ({
          migrations: ['pending'],
          releases: members.map(({ name }) => `${name} at ${addressOf(fleet, name)} schema`).sort(),
        }),
      },
    ],
    [
      {
        name: 'a service that is away',
        plant: () => fleet.service('mtt-service').kill('SIGKILL'),
        heal: async () => {
          const again = await fleet.service('mtt-service').restart();
          await again.ready({ deadlineMs: 60_000 });
        },
        expected: () => ({ services: [`mtt-service at ${addressOf(fleet, 'mtt-service')}`] }),
      },
    ],
  ];

  it.each(rounds.map((round) => [round.map(({ name }) => name).join('; '), round] as const))(
    'finds %s',
    async (_names, round) => {
      const healing: (() => Promise<unknown>)[] = [];
      const expected: Record<string, string[]> = {};
      try {
        for (const { plant, heal, expected: found } of round) {
          const kept = await plant();
          const known = Array.isArray(kept) ? kept : [];
          healing.unshift(() => heal(known));
          Object.assign(expected, found(known));
        }
        await untilExamined(fleet, expected);
      } finally {
        for (const heal of healing) await heal();
      }
    },
  );

  it('finds a clock that is wrong, and a service of another release', async () => {
    const { url, server } = await changedService(fleet.service('stats-service').url);
    const about = `stats-service at ${new URL(url).host}`;
    try {
      await untilExamined(fleet, { clocks: [about], releases: [about] }, { urls: { 'stats-service': url } });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('is silent again once all is healed', async () => {
    await untilExamined(fleet, {});
  });

  it('is silent while people sign', async () => {
    let isDone = false;
    const signing = async (): Promise<void> => {
      while (!isDone) await Promise.all(Array.from({ length: 5 }, () => sign(page)));
    };
    const crowd = signing();
    const found = await examine(fleet).finally(() => (isDone = true));
    await crowd;
    expect(found).toMatchObject({ code: 0, faults: {}, unmade: [] });
    await stored(signed);
  });

  it('comes back from a backup on an empty broker, and what nobody had read is sent again', async () => {
    const waiting = await messageIds(channel, crmQueue(patient.name));
    expect(waiting).toHaveLength(3);
    const before = signed;
    const counted = await waitFor(async () => {
      const { rowCount } = await sql('select from actions.actions where action_page_id = $1', [page.id]);
      return (await areaOf(fleet, page)) === rowCount && rowCount;
    });
    await leaveMails(fleet, page.campaignId);
    const backup = join(folder, 'backup');
    await tool('backup', ['--out', backup], { DATABASE_URL: fleet.home.infra.databaseUrl });
    expect(existsSync(join(backup, 'manifest.json'))).toBe(true);
    // Of a time that the backup does not know.
    await sign(page);
    const { rows } = await waitFor(async () => {
      const found = await sql('select max(id) as last from actions.actions having count(*) = $1', [signed]);
      return found.rowCount === 1 && found;
    });
    for (const service of [...fleet.services].reverse()) await service.stop();
    fleet.services.length = 0;

    const vhost = await TestVhost.create();
    const database = new URL(fleet.home.infra.databaseUrl);
    database.pathname = `/gs_test_${randomBytes(6).toString('hex')}`;
    const passwords = Object.fromEntries(serviceRoles.map((role) => [`${role.toUpperCase()}_PASSWORD`, rolePassword]));
    const restored = { ...passwords, MIGRATION_DATABASE_URL: database.href };
    await tool('restore', ['--from', backup, '--create'], restored);
    await expect(tool('restore', ['--from', backup], restored)).rejects.toThrow(/this database is not empty: /);

    const pool = new Pool({ connectionString: database.href, max: 4 }).on('error', () => undefined);
    // They may have been sent since.
    expect((await pool.query(heldMails)).rows).toEqual([{ mail: 'unknown', mailing: true, campaign: true }]);
    const home: FleetHome = {
      ...fleet.home,
      infra: { ...fleet.home.infra, databaseUrl: database.href, amqpUrl: vhost.amqpUrl },
      sql: pool,
      leave: async () => {
        await pool.end();
        await vhost.delete();
        await sql(`drop database "${database.pathname.slice(1)}" with (force)`);
      },
    };
    const second = await startFleet(home, fleet.secrets.envelopeKey);
    try {
      // A channel that asks for a queue before it is declared is closed by the broker.
      const queue = crmQueue(patient.name);
      await waitFor(async () => ((await vhost.look(queue))?.ready ?? 0) >= waiting.length);
      const again = await messageIds(vhost.channel, queue);
      expect([...new Set(again)].sort()).toEqual(waiting.sort());
      await second.anonymous.data(signMutation, aSignature(page));
      await stored(before + 1, second);
      const { rows: after } = await pool.query<{ last: string }>('select max(id) as last from actions.actions');
      expect(Number(after[0]?.last)).toBeGreaterThan(Number(rows[0]?.['last']));
      await waitFor(async () => (await areaOf(second, page)) === counted + 1);
      await untilExamined(second, {});
    } finally {
      await second.stop();
    }
  }, 360_000);
});

/** A service as it would be on a machine whose clock is a minute ahead, in another release. */
async function changedService(target: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const asked = await fetch(`${target}${request.url}`, { signal: AbortSignal.timeout(5_000) });
      const body = await asked.text();
      response.writeHead(asked.status, {
        'content-type': asked.headers.get('content-type') ?? 'text/plain',
        date: new Date(Date.now() + 60_000).toUTCString(),
      });
      response.end(body.replace(/(groundswell_build_info\{[^}]*version=")[^"]*/, '$19.9.9'));
    };
    answer().catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, server };
}

/** Ids of what waits in a queue, which stays there. */
async function messageIds(channel: Channel, queue: string): Promise<string[]> {
  const ids: string[] = [];
  for (let message = await channel.get(queue); message; message = await channel.get(queue)) {
    ids.push(String(message.properties.messageId));
  }
  channel.nackAll(true);
  return ids;
}

async function areaOf(fleet: TestFleet, page: TestPage): Promise<number> {
  const { rows } = await fleet.sql.query<{ count: number }>(
    `select count::int from stats.counters where campaign_id = $1 and kind = 1 and name = 'PL'`,
    [page.campaignId],
  );
  return rows[0]?.count ?? 0;
}

/** A mail, a mailing and messages to targets that wait. */
async function leaveMails(fleet: TestFleet, campaignId: number): Promise<void> {
  await fleet.sql.query(
    `insert into mail.deliveries (purpose, kind, org_id, next_attempt_at) values ('waits', 'thank_you', 1, now() + interval '1 day')`,
  );
  await fleet.sql.query(`insert into mail.mailings (purpose, org_id) values ('waits', 1)`);
  await fleet.sql.query(
    `insert into catalog.mtt (campaign_id, start_at, end_at) values ($1, now() - interval '1 day', now() + interval '1 day')`,
    [campaignId],
  );
  await fleet.sql.query(
    `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, dupe_rank)
     values (1, 1, $1, gen_random_uuid(), 'x', 1)`,
    [campaignId],
  );
}
const heldMails = `
select (select state from mail.deliveries where purpose = 'waits') as mail,
       (select stop_asked_at is not null from mail.mailings where purpose = 'waits') as mailing,
       (select paused_at is not null from catalog.mtt) as campaign`;

/** A command of tools/, as an operator has it. */
const tool = (name: string, args: string[], variables: Record<string, string>) =>
  run(process.execPath, [`tools/${name}.mjs`, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compileCache, ...variables },
  });
