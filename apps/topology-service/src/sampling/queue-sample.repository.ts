import { sampledDays, sampledMark } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { NamedSample } from './sample';

const columns = [
  ...['waiting', 'delayed', 'active', 'failed', 'dead', 'oldestSeconds'],
  ...['entered', 'done', 'errors', 'workers'],
] as const satisfies readonly (keyof NamedSample)[];

/** Rows that go at once; more of them go a minute later. */
const mostPruned = 20_000;

export class QueueSampleRepository {
  /** All of one look, in one statement; of a minute that is looked at twice the worst is kept. */
  async insert(manager: EntityManager, samples: readonly NamedSample[]): Promise<void> {
    const names = columns.map((name) => (name === 'oldestSeconds' ? 'oldest_seconds' : name)).join(', ');
    const worst = names
      .split(', ')
      .map((name) => `${name} = greatest(q.${name}, excluded.${name})`)
      .join(', ');
    const arrays = columns.map((_, index) => `$${index + 2}::bigint[]`).join(', ');
    await manager.query(
      `insert into topology.queue_samples as q (queue, at, ${names})
       select queue, date_trunc('minute', now()), ${names}
         from unnest($1::text[], ${arrays}) as s (queue, ${names})
       on conflict (queue, at) do update set ${worst}`,
      [
        [sampledMark, ...samples.map(({ queue }) => queue)],
        ...columns.map((name) => [
          name === 'workers' || !isFigure(name) ? null : 0,
          ...samples.map((sample) => sample[name]),
        ]),
      ],
    );
  }

  /** What is older than people are shown. */
  async prune(manager: EntityManager): Promise<void> {
    await manager.query(
      `delete from topology.queue_samples
        where ctid = any(array(select ctid from topology.queue_samples
                                where at < now() - interval '${sampledDays} days' limit ${mostPruned}))`,
    );
  }
}

const isFigure = (name: (typeof columns)[number]): boolean =>
  ['waiting', 'delayed', 'active', 'failed', 'dead'].includes(name);
