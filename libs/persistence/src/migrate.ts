import { loadConfigOrExit } from '@groundswell/config';
import { migrateSettings } from './migrate-settings';
import { migrationNames } from './migrations/migration-names';
import { ownedSchemas } from './ownership/owned-schema';
import { ensureRoles, runMigrations, type RolePasswords } from './run-migrations';

const usage = `usage: migrate [roles | list | schemas]
without an argument: brings the database to the newest schema, with the roles of the services
  roles    makes the roles alone, which a dump names
  list     names of the migrations of this release
  schemas  names of its schemas
`;

function settings(): { url: string; passwords: RolePasswords } {
  const config = loadConfigOrExit(migrateSettings);
  const passwords = {
    gs_gateway: config.GS_GATEWAY_PASSWORD,
    gs_ingest: config.GS_INGEST_PASSWORD,
    gs_topology: config.GS_TOPOLOGY_PASSWORD,
    gs_notify: config.GS_NOTIFY_PASSWORD,
    gs_mail: config.GS_MAIL_PASSWORD,
    gs_stats: config.GS_STATS_PASSWORD,
    gs_mtt: config.GS_MTT_PASSWORD,
    gs_forwarder: config.GS_FORWARDER_PASSWORD,
  };
  return { url: config.MIGRATION_DATABASE_URL, passwords };
}

const say = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);

async function main(command: string | undefined): Promise<void> {
  switch (command) {
    case 'list':
      return void say(migrationNames);
    case 'schemas':
      return void say(ownedSchemas);
    case 'roles': {
      const { url, passwords } = settings();
      await ensureRoles(url, passwords);
      return void say(['roles are there']);
    }
    case undefined: {
      const { url, passwords } = settings();
      const done = await runMigrations(url, passwords);
      return void say([done.length > 0 ? `migrated: ${done.join(', ')}` : 'schema is up to date']);
    }
    default:
      process.stderr.write(usage);
      process.exitCode = 2;
  }
}

await main(process.argv[2]);
