import { z } from 'zod';
import {
  actionDecisionV1,
  detailResultV1,
  emailEventV1,
  eraseContactV1,
  linkActionsV1,
  passMarkV1,
  remindSupporterV1,
  rereferenceV1,
  supporterDecisionV1,
} from './command.v1';
import { actionSubmissionV1, contactSubmissionV1, linkSubmissionV1 } from './submission.v1';

/** What one person did or what is to be done about it. `kind` is unique over submissions and commands. */
export const ingestMessageV1 = z.discriminatedUnion('kind', [
  contactSubmissionV1,
  actionSubmissionV1,
  linkSubmissionV1,
  supporterDecisionV1,
  actionDecisionV1,
  linkActionsV1,
  emailEventV1,
  remindSupporterV1,
  detailResultV1,
]);

export type IngestMessageV1 = z.infer<typeof ingestMessageV1>;

/** Everything that may stand in a partition's queue. */
export const partitionMessageV1 = z.discriminatedUnion('kind', [
  ingestMessageV1,
  passMarkV1,
  eraseContactV1,
  rereferenceV1,
]);

export type PartitionMessageV1 = z.infer<typeof partitionMessageV1>;

/** Largest body the gateway publishes to `ingest`, in bytes (design.md §3.1). */
export const maxSubmissionBytes = 128 * 1024;
