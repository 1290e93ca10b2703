import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';
import { jobTables } from './job-tables';

const schemas = ['actions', 'notify', 'stats'];
const tables = ['jobs', 'job_keys', 'job_schedules', 'job_pauses', 'job_workers'];

/** Owners that run jobs (background-jobs.md §1). */
export class Jobs1763600000028 implements MigrationInterface {
  name = 'Jobs1763600000028';

  async up(runner: QueryRunner): Promise<void> {
    for (const schema of schemas) await runner.query(jobTables(schema));
    for (const statement of grantStatements(28)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const schema of schemas) {
      await runner.query(`drop table ${tables.map((table) => `${schema}.${table}`).join(', ')}`);
    }
    await runner.query('revoke usage on schema notify from gs_gateway');
  }
}
