import { schemaOwner, ownedSchemas, type OwnedSchema } from '@groundswell/persistence';
import { ageText } from '../../queues/queue-table';
import { fault, notice, type Check, type Look } from '../check';
import type { DoctorDatabase } from '../sources/database';
import type { Sources } from '../sources/sources';
import { byName, oldest, total, waitingWork } from './work';

/** A relay tries again after a minute at most, and a queue that was lost is rebuilt in less. */
const publishedWithinSeconds = 300;

const schemaOf = (service: string): OwnedSchema => ownedSchemas.find((schema) => schemaOwner[schema] === service)!;

/** What services have to publish leaves their outboxes, lane by lane (design.md §3.7). */
export class OutboxesCheck implements Check {
  readonly id = 'outboxes';
  readonly title = 'outboxes are published';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const rows = await waitingWork(sources, 'outbox');
    const database = await sources.database();
    const full = await database.query<{ scope: string }>('select scope from topology.queue_sets where is_full');
    const isFull = new Set(full.map(({ scope }) => scope));
    const findings = [];
    for (const { name, rows: lane } of byName(rows)) {
      const age = oldest(lane);
      if (age <= publishedWithinSeconds) continue;
      const [{ owner, orgId }] = lane as [(typeof lane)[number]];
      const says = `${total(lane, 'waiting')} messages wait, for up to ${ageText(age)}${await this.lastError(database, owner, orgId)}`;
      // Nothing is published for an org whose queue is full: that is its own trouble, and said by check `topology`.
      findings.push(isFull.has(`org:${orgId}`) ? notice(name, says) : fault(name, says));
    }
    return { findings, figures: { waiting: total(rows, 'waiting') } };
  }

  private async lastError(database: DoctorDatabase, service: string, lane: number | null): Promise<string> {
    const [row] = await database.query<{ error: string | null }>(
      `select last_error as error from ${schemaOf(service)}.outbox where lane = $1 order by id limit 1`,
      [lane ?? 0],
    );
    return row?.error ? `: ${row.error}` : '';
  }
}
