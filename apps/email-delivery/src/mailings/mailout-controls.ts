/**
 * Mailouts are notify-service's: a person pauses or stops them there (docs/mailouts.md), and that is looked at where a batch is
 * claimed and before each call, so it holds from the commit on, whatever waits in queues. All mailings of a mailout begin with its id.
 */
const mailoutIdOf = (mailing: string): string => `substring(${mailing}.purpose from '^mailout:([0-9]{1,18})')::bigint`;

/** SQL: the mailing with this alias belongs to a mailout in one of these states. A paused one may be tested. */
export const isMailoutIn = (mailing: string, ...states: ('paused' | 'stopped')[]): string =>
  `exists (select from notify.mailout_controls o where o.mailout_id = ${mailoutIdOf(mailing)}
            and o.state in (${states.map((state) => `'${state}'`).join(', ')})
            and (o.state <> 'paused' or ${mailing}.purpose not like 'mailout:%:test:%'))`;

/** SQL: when its mailout was last started, paused or stopped; null of other mailings. */
export const mailoutChangedAt = (mailing: string): string =>
  `(select o.changed_at from notify.mailout_controls o where o.mailout_id = ${mailoutIdOf(mailing)})`;
