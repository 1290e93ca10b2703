/** What an operator asked of the loops cannot be done. */
export class MailLoopError extends Error {
  constructor(
    /** `running`: a slice is being read, wait for it. `invalid_window`: begin is not before end, or the provider keeps nothing
     *  that old. `no_source`: no provider to ask. */
    readonly code: 'running' | 'invalid_window' | 'no_source',
    text: string,
  ) {
    super(text);
    this.name = new.target.name;
  }
}
