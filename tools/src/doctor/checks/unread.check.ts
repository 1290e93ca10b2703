import { fault, notice, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import type { BrokerQueue } from '../sources/broker';
import type { Sources } from '../sources/sources';
import { ageText } from '../../queues/queue-table';
import { queueSets, systemScope } from './queue-sets';

/** Since when a queue has not been empty is the most that can be known of its oldest message (docs/queues.md). */
const emptyAt = `
select queue, extract(epoch from now() - coalesce(drained_at, noted_at))::float8 as seconds from topology.queue_marks`;
const alerts = `select queue, kind from topology.queue_alerts where state = 'raised'`;

/** A queue younger than this with messages in it is nothing to speak of. */
const noticedAfterMs = 15 * 60_000;

/** Queues of orgs are read by their own software: what waits there too long, an org has not got. */
export class UnreadCheck implements Check {
  readonly id = 'unread';
  readonly title = 'orgs read their queues';
  readonly settles = true;

  async look(sources: Sources, settings: DoctorSettings): Promise<Look> {
    const database = await sources.database();
    const orgs = (await queueSets(database)).filter(({ scope }) => scope !== systemScope);
    const ours = new Set(orgs.flatMap(({ queues }) => queues));
    const queues = (await sources.broker().queues()).filter(({ name }) => ours.has(name));
    const ages = await database.query<{ queue: string; seconds: number }>(emptyAt);
    const raised = await database.query<{ queue: string; kind: string }>(alerts);
    return {
      findings: unreadFindings(
        queues,
        new Map(ages.map(({ queue, seconds }) => [queue, seconds * 1_000])),
        new Set(raised.map(({ queue }) => queue)),
        settings.unreadAfterMs,
      ),
      figures: { queues: queues.length, messages: queues.reduce((sum, { messages = 0 }) => sum + messages, 0) },
    };
  }
}

/** `notEmptyMs`: for how long each queue has not been empty. `raised`: those that topology-service has told of. */
export function unreadFindings(
  queues: readonly BrokerQueue[],
  notEmptyMs: ReadonlyMap<string, number>,
  raised: ReadonlySet<string>,
  unreadAfterMs: number,
): Finding[] {
  return queues.flatMap(({ name, messages = 0, consumers = 0 }) => {
    const ms = notEmptyMs.get(name) ?? 0;
    if (messages === 0 || (ms < noticedAfterMs && ms < unreadAfterMs && !raised.has(name))) return [];
    const reader = consumers === 0 ? 'nobody reads' : `${consumers} read`;
    const says = `${messages} messages, ${reader}, not empty for up to ${ageText(ms / 1_000)}`;
    return [raised.has(name) || (consumers === 0 && ms >= unreadAfterMs) ? fault(name, says) : notice(name, says)];
  });
}
