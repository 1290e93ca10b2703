import { fault, notice, type Check, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** A queue is rebuilt within a round of topology-service, and comes of age in seconds. */
const rebuiltWithin = '5 minutes';
/** What it lost is sent again as fast as the org's outbox takes it. */
const sentAgainWithin = '30 minutes';
const shownFor = '7 days';

interface Loss {
  id: number;
  queue: string;
  kind: 'open' | 'waiting' | 'skipped';
  skipped: string | null;
}

const losses = `
select l.id::int as id, l.queue, r.skipped::text as skipped,
       case when l.rebuilt_at is null then 'open' when r.done_at is null then 'waiting' else 'skipped' end as kind
  from topology.losses l left join actions.requeued_losses r on r.loss_id = l.id
 where (l.rebuilt_at is null and l.found_at < now() - interval '${rebuiltWithin}')
    or (l.rebuilt_at < now() - interval '${sentAgainWithin}' and l.org_id is not null and r.done_at is null)
    or (r.done_at > now() - interval '${shownFor}' and r.skipped <> '{}')
 order by l.id`;

const says = {
  open: 'was lost and is not rebuilt',
  waiting: 'was lost, and what was in it has not been sent again',
  skipped: 'was lost, and not all that was in it could be sent again',
};

/** What queues lost is sent again from the database (docs/adr/0006). */
export class LossesCheck implements Check {
  readonly id = 'losses';
  readonly title = 'what queues lost was sent again';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const rows = await (await sources.database()).query<Loss>(losses);
    return {
      findings: rows.map(({ id, queue, kind, skipped }) =>
        kind === 'skipped'
          ? notice(`loss ${id}`, `${queue} ${says.skipped}: ${skipped}`)
          : fault(`loss ${id}`, `${queue} ${says[kind]}`),
      ),
    };
  }
}
