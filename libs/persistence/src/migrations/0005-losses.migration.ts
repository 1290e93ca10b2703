import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/** What queues lost, so that it can be sent again, and what has to be known of each queue to say since when. Queues that
 *  exist already are taken for counted on since their set was declared. */
const tables = `
create table topology.losses (
  id bigint generated always as identity primary key,
  scope text not null,
  org_id bigint,
  queue text not null,
  cause text not null check (cause in ('queue', 'binding', 'stuck')),
  lost_from timestamptz(3) not null,
  found_at timestamptz(3) not null,
  rebuilt_at timestamptz(3)
);
create index losses_queue_idx on topology.losses (queue, found_at);
create index losses_open_idx on topology.losses (scope) where rebuilt_at is null;
create table topology.queue_marks (
  queue text primary key,
  is_declared boolean not null default false,
  noted_at timestamptz(3) not null,
  confirmed_at timestamptz(3),
  drained_at timestamptz(3)
);
insert into topology.queue_marks (queue, noted_at, confirmed_at)
select queue, min(declared_at), min(confirmed_at)
  from topology.queue_sets, unnest(queues) as queue
 where confirmed_at is not null
 group by queue;
`;

export class Losses1763600000005 implements MigrationInterface {
  name = 'Losses1763600000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(5)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table topology.losses, topology.queue_marks');
  }
}
