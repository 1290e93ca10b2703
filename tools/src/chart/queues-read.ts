import { factQueue, ingestQueue, partitionCount, systemQueues, webhookQueue } from '@groundswell/contracts';

/** Which queues more replicas of a service empty sooner, and how many replicas at most do more work. */
export interface QueuesRead {
  /** A regular expression over queue names of the vhost, for KEDA. */
  pattern: string;
  mostReplicas: number;
}

const escaped = (queue: string): string => queue.replaceAll('.', '\\.');
const anyOf = (...patterns: string[]): string => `^(${patterns.join('|')})$`;
const anyOrg = '[^.]+';
/** No limit of ours: more only cost connections. */
const asManyAsWished = 50;

/** stats-service, mtt-service and topology-service are left out: one replica works, the others stand by. */
export const queuesRead: Readonly<Record<string, QueuesRead>> = {
  // One replica per partition at most.
  'action-ingest': {
    pattern: anyOf(`${escaped(ingestQueue(0)).slice(0, -1)}[0-9]+`),
    mostReplicas: partitionCount,
  },
  'email-delivery': {
    pattern: anyOf(
      ...[
        systemQueues.emailConfirm,
        systemQueues.emailThankYou,
        systemQueues.emailRequest,
        systemQueues.emailMailings,
      ].map(escaped),
    ),
    mostReplicas: asManyAsWished,
  },
  'crm-forwarder': {
    pattern: anyOf(escaped(systemQueues.sqs), webhookQueue(anyOrg).replace(/\.webhook$/, '\\.webhook')),
    mostReplicas: asManyAsWished,
  },
  'notify-service': { pattern: anyOf(escaped(factQueue('notify-service'))), mostReplicas: asManyAsWished },
};
