import { migrations } from './migrations';

/** What this release knows, in order, as `schema_migrations` names it. */
export const migrationNames: readonly string[] = migrations.map((Migration) => new Migration().name);
