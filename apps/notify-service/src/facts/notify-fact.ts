import { z } from 'zod';
import {
  actionEnrichedV1,
  actionFactsV1,
  confirmCreatedV1,
  endpointDisabledV1,
  followUpsClosedV1,
  mailOutcomeV1,
  queueAlertV1,
  referencesMovedV1,
  statsChangedV1,
  supporterMailV1,
} from '@groundswell/contracts';

/** What the fact queue of this service carries (processing.md §6.6). */
export const notifyFact = z.discriminatedUnion('schema', [
  confirmCreatedV1,
  actionFactsV1,
  actionEnrichedV1,
  mailOutcomeV1,
  supporterMailV1,
  queueAlertV1,
  endpointDisabledV1,
  followUpsClosedV1,
  referencesMovedV1,
  statsChangedV1,
]);
export type NotifyFact = z.infer<typeof notifyFact>;
