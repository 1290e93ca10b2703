import {
  matchesTopic,
  orgQueueOf,
  orgTopology,
  systemQueues,
  workerBindings,
  type OrgRouting,
  type RequeueActionsRequestV1,
} from '@groundswell/contracts';
import type { Stage } from '@groundswell/domain';

/** Queues that messages can be sent to again: an org's own ones, and those of our workers (processing.md §8.1). */
export type RequeuePurpose = RequeueActionsRequestV1['queue'];

const stages: Record<RequeuePurpose, readonly Stage[]> = {
  crm: ['deliver'],
  webhook: ['deliver'],
  sqs: ['deliver'],
  confirm: ['supporter_confirm'],
  moderate: ['action_confirm'],
  email: ['supporter_confirm', 'deliver'],
};

export const stagesOf = (purpose: RequeuePurpose): readonly Stage[] => stages[purpose];

/**
 * The one queue for this purpose that is meant to have a message published to `exchange` under `routingKey`; null while
 * the org's settings send it elsewhere. Names are the present ones, so a loss under a former name finds its queue.
 */
export function destinationQueue(
  purpose: RequeuePurpose,
  message: { exchange: string; routingKey: string },
  org: OrgRouting,
  deployedServices: ReadonlySet<string>,
): string | null {
  const takes = (binding: { exchange: string; key: string }): boolean =>
    binding.exchange === message.exchange && matchesTopic(binding.key, message.routingKey);
  if (purpose === 'email') {
    return workerBindings.find((one) => deployedServices.has(one.service) && takes(one))?.queue ?? null;
  }
  const queue = purpose === 'sqs' ? systemQueues.sqs : orgQueueOf(org, purpose);
  return orgTopology(org).bindings.some((one) => one.queue === queue && takes(one)) ? queue : null;
}
