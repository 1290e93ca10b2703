import { migrations } from './migrations';

const names = migrations.map((Migration) => new Migration().name);

/** Name of the newest migration this program knows, as `schema_migrations` has it. */
export const newestMigration: string = names[names.length - 1] ?? '';
