/** What topology-service last said about the system queues. Until it said anything nothing may be published there. */
export class IngestQueues {
  private confirmed = false;
  private timesTold = 0;

  /** The ingest queues are declared, bound, old enough and have a leader (design.md §4). */
  get isSystemConfirmed(): boolean {
    return this.confirmed;
  }

  /** Rises with every `tell`: a read that began before the last one is older than what is known. */
  get toldCount(): number {
    return this.timesTold;
  }

  tell(isConfirmed: boolean): void {
    this.confirmed = isConfirmed;
    this.timesTold += 1;
  }
}
