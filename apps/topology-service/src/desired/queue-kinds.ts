import { aliasQueues } from '@groundswell/contracts';

/** What an org's queue is for, whatever it is called. */
export type QueueKind = 'crm' | 'confirm' | 'moderate' | 'webhook';

const kinds: readonly QueueKind[] = ['crm', 'confirm', 'moderate', 'webhook'];

/** Purpose of an org's queue by its name: native, alias, or one to wait in. */
export function kindOf(queue: string): QueueKind | undefined {
  const orgId = Number(/^cus\.(\d+)\./.exec(queue)?.[1]);
  if (queue === aliasQueues.deliver(orgId)) return 'crm';
  if (queue === aliasQueues.confirmSupporter(orgId)) return 'confirm';
  if (queue === aliasQueues.confirmAction(orgId)) return 'moderate';
  return kinds.find((kind) => queue.endsWith(`.${kind}`));
}

/** Where an org's messages wait while another org must have the queue's name and their own new queue is not free yet (two
 *  orgs that swap names). Nobody reads it; its name is under the policy of system queues. */
export const transitQueue = (orgId: number, kind: QueueKind): string => `system.transit.${orgId}.${kind}`;
export const transitQueues = (orgId: number): string[] => kinds.map((kind) => transitQueue(orgId, kind));
export const isTransit = (queue: string): boolean => queue.startsWith('system.transit.');
