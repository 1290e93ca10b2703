/** An event that says nothing we could find a mail by, or is no event at all. The reason names no value of it. */
export class UnreadableEventError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableEventError';
  }
}
