import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/** Gives each service's role what docs/data-ownership.md lists, and nothing else. Roles exist before (see migrate.ts). */
export class Grants1763600000004 implements MigrationInterface {
  name = 'Grants1763600000004';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of grantStatements()) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const role of ['gs_gateway', 'gs_ingest', 'gs_topology']) {
      await runner.query(`drop owned by ${role}`);
    }
  }
}
