import type { MigrationInterface, QueryRunner } from 'typeorm';
import { inboxTables } from './inbox-tables';

/** Owned by topology-service: which queues exist in which version. Scope is `system` or `org:<id>`. */
const tables = `
create schema topology;
create table topology.queue_sets (
  scope text primary key,
  version text not null,
  state text not null check (state in ('pending', 'confirmed', 'damaged')),
  queues text[] not null default '{}',
  bindings jsonb not null default '[]',
  declared_at timestamptz(3) not null default now(),
  confirmed_at timestamptz(3),
  detail text,
  whole_at timestamptz(3),
  is_full boolean not null default false,
  updated_at timestamptz(3) not null default now()
);
create table topology.broker_users (
  org_id bigint primary key,
  username text not null unique,
  password text not null,
  created_at timestamptz(3) not null default now(),
  rotated_at timestamptz(3)
);
`;

export class Topology1763600000003 implements MigrationInterface {
  name = 'Topology1763600000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(inboxTables('topology'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema topology cascade');
  }
}
