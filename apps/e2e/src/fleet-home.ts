import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Pool } from 'pg';
import { runMigrations } from '@groundswell/persistence';
import { createTestDatabase, TestVhost } from '@groundswell/testing';
import type { InfraUrls } from '@groundswell/fleet';
// The servers have no alias, since only these tests and the tools themselves start any.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
import { startServers, wipeData, type Servers } from '../../../tools/infra/index.mjs';

/** Password of the services' database roles. */
export const rolePassword = 'test-only';

/** The database, broker and Redis a fleet lives on. */
export interface FleetHome {
  readonly name: string;
  readonly infra: InfraUrls;
  /** The database's owner; survives a restart of Postgres. */
  readonly sql: Pool;
  readonly logDir: string;
  leave(): Promise<void>;
}

const testDir = (): string => resolve(process.env['TEST_DIR'] ?? join('.local', 'test'));

/** A pool mends itself: a connection that dies while idle is no error of the test. */
const poolOf = (url: string): Pool => new Pool({ connectionString: url, max: 4 }).on('error', () => undefined);

/** A database and a vhost of its own on the servers that all tests share. */
export async function sharedHome(): Promise<FleetHome> {
  const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
  const sql = poolOf(database.urls.owner);
  return {
    name: database.name,
    sql,
    infra: {
      databaseUrl: database.urls.owner,
      amqpUrl: vhost.amqpUrl,
      amqpManagementUrl: process.env['TEST_AMQP_MANAGEMENT_URL'] ?? '',
      redisUrl: process.env['TEST_REDIS_URL'] ?? '',
    },
    logDir: join('.local', 'test', 'log', database.name),
    leave: async () => {
      await sql.end();
      await vhost.delete();
      await database.drop();
    },
  };
}

/** Servers of its own, which may be killed; fresh, and as durable as those of an installation. */
export interface OwnHome extends FleetHome {
  readonly servers: Servers;
}

export async function ownHome(purpose: string): Promise<OwnHome> {
  const name = `${purpose}-${randomBytes(4).toString('hex')}`;
  const dir = join(testDir(), name);
  const logDir = join(testDir(), 'log', name);
  const servers = await startServers({ dir, logDir, fresh: true, named: {} });
  await runMigrations(servers.databaseUrl, {
    gs_gateway: rolePassword,
    gs_ingest: rolePassword,
    gs_topology: rolePassword,
    gs_notify: rolePassword,
    gs_mail: rolePassword,
    gs_stats: rolePassword,
    gs_mtt: rolePassword,
    gs_forwarder: rolePassword,
  });
  const sql = poolOf(servers.databaseUrl);
  return {
    name,
    sql,
    servers,
    infra: servers,
    logDir,
    leave: async () => {
      await sql.end();
      await servers.stop({ discard: true });
      await wipeData(dir);
    },
  };
}
