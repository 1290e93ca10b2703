import { Client } from 'pg';
import { createDataSource } from './data-source';
import { databaseAddress } from './database-address';
import { serviceRoles, type ServiceRole } from './ownership/grants';

export type RolePasswords = Record<ServiceRole, string>;

/** Creates the roles that are missing and sets their passwords; a second run changes nothing else. */
export async function ensureRoles(url: string, passwords: RolePasswords): Promise<void> {
  const client = new Client({ ...databaseAddress(url), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    // Roles belong to the whole server: two migrations of different databases must not create one at the same time.
    await client.query('select pg_advisory_lock(4711)');
    for (const role of serviceRoles) {
      const known = await client.query('select 1 from pg_roles where rolname = $1', [role]);
      const password = client.escapeLiteral(passwords[role]);
      await client.query(`${known.rowCount ? 'alter' : 'create'} role ${role} login password ${password}`);
    }
  } finally {
    await client.end();
  }
}

/** Brings the database at `url` (owner's connection) to the newest schema. Returns the names of what it ran. */
export async function runMigrations(url: string, passwords: RolePasswords): Promise<string[]> {
  await ensureRoles(url, passwords);
  const source = createDataSource({ url, applicationName: 'groundswell-migrate', poolSize: 2, statementTimeoutMs: 0 });
  await source.initialize();
  try {
    const done = await source.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    await source.destroy();
  }
}
