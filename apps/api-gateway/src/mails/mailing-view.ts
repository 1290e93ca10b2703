import type { MailingBatchRow, MailingProgressRow, MailingRow } from './mailing.read-model';

export type MailingPhase =
  'COLLECTING' | 'PREPARING' | 'WAITING' | 'SENDING' | 'STOPPING' | 'SUBMITTED' | 'FAILED' | 'STOPPED';

/** What a mailing is about just now: its state and what its batches do. */
export function phaseOf(row: Pick<MailingRow, 'state' | 'preparedAt' | 'isStopAsked' | 'isSending'>): MailingPhase {
  switch (row.state) {
    case 'open':
      return 'COLLECTING';
    case 'pending':
      return row.preparedAt === null ? 'PREPARING' : 'WAITING';
    case 'submitting':
      if (row.isStopAsked) return 'STOPPING';
      return row.isSending ? 'SENDING' : 'WAITING';
    case 'submitted':
      return 'SUBMITTED';
    case 'failed':
      return 'FAILED';
    case 'stopped':
      return 'STOPPED';
  }
}

export const viewMailing = (row: MailingRow) => {
  const { candidates, excluded, recipients, delivered, opened, clicked, failed, ...rest } = row;
  return {
    ...rest,
    phase: phaseOf(row),
    state: row.state.toUpperCase(),
    counts: { candidates, excluded, recipients, delivered, opened, clicked, failed },
  };
};
export type MailingView = ReturnType<typeof viewMailing>;

/** The end is told from the pace of the run under way; not before it has one. */
export function viewProgress(row: MailingProgressRow) {
  const { completed, total, startedAt, doneAtStart, lastNotBefore, now } = row;
  const done = completed - doneAtStart;
  if (startedAt === null || done <= 0) return { completed, total, eta: null };
  const atPaceMs = +now + ((+now - +startedAt) / done) * (total - completed);
  return { completed, total, eta: new Date(Math.max(atPaceMs, +(lastNotBefore ?? 0))) };
}

export const viewBatch = (row: MailingBatchRow) => ({
  ...row,
  status: row.state.toUpperCase(),
  errorDetails: row.errorDetails === null ? null : asObject(row.errorDetails),
});

/** Json is always an object in this API. */
const asObject = (details: unknown): object =>
  typeof details === 'object' && details !== null && !Array.isArray(details) ? details : { details };
