/** A webhook call that is not taken. The reason is a fixed phrase: it goes into the answer and into the log. */
export class WebhookRefusal extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 413 | 503,
    readonly reason: string,
  ) {
    super(reason);
    this.name = 'WebhookRefusal';
  }
}
