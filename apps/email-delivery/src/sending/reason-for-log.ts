/** SMTP with its enhanced code (RFC 3463), or the status of an HTTP answer; before it what we say ourselves. */
const codes = /^((?:[a-z ]+: )?(?:HTTP \d{3}|[245]\d\d(?:[ -]\d\.\d{1,3}\.\d{1,3})?))(?=\W|$)/;
const address = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g;

/** Of what a provider answered the log has the codes alone: its words may name who was written to. All of it is in
 *  `mail.deliveries.error`. */
export const reasonForLog = (error: string | null): string | null =>
  error === null ? null : (codes.exec(error)?.[1] ?? error.replace(address, '…@…'));
