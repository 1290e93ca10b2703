/** A batch turns out to be about persons of further partitions: it is run again with their locks. Nothing was changed. */
export class PartitionsNotHeldError extends Error {
  readonly code = 'storing.partitions_not_held';

  constructor(readonly partitions: readonly number[]) {
    super(`partitions ${partitions.join(', ')} are not locked`);
    this.name = 'PartitionsNotHeldError';
  }
}
