import { z } from 'zod';
import {
  actionEnrichedV1,
  actionFactsV1,
  factQueue,
  mailOutcomeV1,
  mttReplyV1,
  referencesMovedV1,
} from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** What the queue of this service carries: state changes of actions, what became of mails, what targets answered, and persons who have another reference. Enrichments of actions come with
 *  them (`system.fact.action.#`) and mean nothing here. */
export const mttNewsV1 = z.discriminatedUnion('schema', [
  actionFactsV1,
  mailOutcomeV1,
  actionEnrichedV1,
  mttReplyV1,
  referencesMovedV1,
]);
export type MttNewsV1 = z.infer<typeof mttNewsV1>;

/** Everything this app consumes. */
export const consumers: readonly ConsumerDefinition<MttNewsV1>[] = [
  { id: 'news', contract: mttNewsV1, kind: 'batch', queues: [factQueue('mtt-service')], batchSize: 200 },
];
