import { z } from 'zod';
import { actionFactsV1, factQueue, mailOutcomeV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** What the queue of this service carries: state changes of actions, and what became of mails. */
export const mttNewsV1 = z.discriminatedUnion('schema', [actionFactsV1, mailOutcomeV1]);
export type MttNewsV1 = z.infer<typeof mttNewsV1>;

/** Everything this app consumes. */
export const consumers: readonly ConsumerDefinition<MttNewsV1>[] = [
  { id: 'news', contract: mttNewsV1, kind: 'batch', queues: [factQueue('mtt-service')], batchSize: 200 },
];
