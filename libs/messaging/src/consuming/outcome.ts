/** What a handler decided about one message.
 *  - done: acked
 *  - drop: acked and counted; the message has no meaning here
 *  - park: written to the service's parked table with its reason, then acked; a person decides
 *  `reason` is a short fixed phrase, since it becomes a metric label; what varies goes into `details`, for the log. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'drop'; reason: string; details?: Record<string, unknown> }
  | { kind: 'park'; reason: string; details?: Record<string, unknown> };

const doneOutcome: Outcome = Object.freeze({ kind: 'done' });

export const done = (): Outcome => doneOutcome;
export const drop = (reason: string, details?: Record<string, unknown>): Outcome => ({ kind: 'drop', reason, details });
export const park = (reason: string, details?: Record<string, unknown>): Outcome => ({ kind: 'park', reason, details });
