/** Events of one domain could not be read; the text is fit for logs and status. */
export class MailgunEventsError extends Error {
  constructor(
    /** `rate_limited`: asked to wait longer than a read waits. `malformed`: an answer that is no page. `stopped`: by our own
     *  shutdown. */
    readonly code: 'away' | 'refused' | 'rate_limited' | 'malformed' | 'stopped',
    text: string,
  ) {
    super(text);
    this.name = new.target.name;
  }
}
