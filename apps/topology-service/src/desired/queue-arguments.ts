import { exchanges, operatedServices, operationQueue, requestQueue, systemQueues } from '@groundswell/contracts';

/** Written to by the probe only; shows that quorum writes are confirmed without touching a queue that somebody reads. */
export const probeQueue = systemQueues.probe;

/** Queues outside the retry circuit: its own parts, and those that no consumer rejects into it. A request that expired
 *  must not come home: nobody waits for its answer any more. */
const outsideCircuit = new Set<string>([
  systemQueues.retry,
  systemQueues.dead,
  systemQueues.events,
  probeQueue,
  requestQueue('action-ingest'),
  requestQueue('email-delivery'),
  requestQueue('crm-forwarder'),
  requestQueue('topology-service'),
  requestQueue('notify-service'),
  requestQueue('stats-service'),
  ...operatedServices.map(operationQueue),
  systemQueues.emailEvents,
]);

/** Whether what a reader rejects goes to `system.fail` and comes home through `system.retry` (processing.md §7.4). */
export const isInCircuit = (queue: string): boolean => !outsideCircuit.has(queue);

/** What of a queue can never change: its type, and where its dead letters go. Everything else is policy. */
export function queueArguments(queue: string): Record<string, string> {
  const type = { 'x-queue-type': 'quorum' };
  // Without a key of its own the message keeps the one it failed with: the name of the queue it goes home to.
  if (queue === systemQueues.retry) return { ...type, 'x-dead-letter-exchange': exchanges.retry };
  if (!isInCircuit(queue)) return type;
  return { ...type, 'x-dead-letter-exchange': exchanges.fail, 'x-dead-letter-routing-key': queue };
}
