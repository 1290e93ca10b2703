import type { MailEventRow, MailFailureRow, MailRow } from './mail.read-model';

/** A mail as the API shows it; its failure and events are looked up when they are asked for. */
export const viewMail = (row: MailRow) => ({ ...row, state: row.state.toUpperCase() });
export type MailView = ReturnType<typeof viewMail>;

export const viewFailure = (row: MailFailureRow) => ({ ...row, severity: row.severity.toUpperCase() });

export const viewEvent = (row: MailEventRow) => ({
  ...row,
  type: row.type.toUpperCase(),
  severity: row.severity?.toUpperCase() ?? null,
});
