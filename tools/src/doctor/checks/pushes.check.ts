import { systemQueues, webhookQueue } from '@groundswell/contracts';
import { fault, type Check, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** Messages are taken over in batches, seconds after they were sent. */
const takenWithin = '60 seconds';
/** Younger than any change of an org's backends. */
const since = '1 day';

interface Untaken {
  org: string;
  backend: string;
  n: number;
}

/** Of orgs whose push backend has stood for longer than that: deliver messages of their system lane that became no push. */
const untaken = `
select o.name::text as org, b.name as backend, count(*)::int as n
  from catalog.orgs o join catalog.services b on b.id = o.push_backend_id and b.name in ('webhook', 'sqs')
  join actions.outbox_sent s on s.lane = o.id and s.outcome = 'sent' and s.message_id like 'action:%:deliver:%'
 where s.sent_at > greatest(now() - interval '${since}', o.updated_at, b.inserted_at) and s.sent_at < now() - interval '${takenWithin}'
   and not exists (select from forwarder.pushes p where p.org_id = o.id and p.message_id = s.message_id)
   and not exists (select from forwarder.parked k where k.message_id = s.message_id)
 group by 1, 2`;

/** What was sent to an org with a push backend was taken over by crm-forwarder, or still waits in its queue (design.md §3.6). */
export class PushesCheck implements Check {
  readonly id = 'pushes';
  readonly title = 'what was sent for pushing was taken over';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const rows = await (await sources.database()).query<Untaken>(untaken);
    const queues = new Map((await sources.broker().queues()).map(({ name, messages = 0 }) => [name, messages]));
    const findings = rows.flatMap(({ org, backend, n }) => {
      const waiting = queues.get(backend === 'sqs' ? systemQueues.sqs : webhookQueue(org)) ?? 0;
      return n > waiting
        ? [fault(org, `${n} messages were sent, ${waiting} wait in the queue, and nobody took over the others`)]
        : [];
    });
    return { findings };
  }
}
