import {
  actionStatusCode,
  emailStatusCode,
  supporterStatusCode,
  type ActionStatus,
  type EmailStatus,
  type SupporterStatus,
} from '@groundswell/domain';

/** What each integer of an old database means (processing.md §1.1). */
export const oldActionStatus: Readonly<Record<string, ActionStatus>> = {
  0: 'new',
  1: 'confirming',
  2: 'rejected',
  3: 'accepted',
  4: 'delivered',
  5: 'repeat',
};
export const oldSupporterStatus: Readonly<Record<string, SupporterStatus>> = {
  0: 'new',
  1: 'confirming',
  2: 'rejected',
  3: 'accepted',
};
export const oldEmailStatus: Readonly<Record<string, EmailStatus>> = {
  0: 'none',
  1: 'double_opt_in',
  2: 'bounce',
  3: 'blocked',
  4: 'spam',
  5: 'unsub',
  6: 'inactive',
  7: 'active',
};

/** Our code for an old one; null when no release of the old server wrote that. */
const mapped =
  <Status extends string>(old: Readonly<Record<string, Status>>, codeOf: (status: Status) => number) =>
  (code: string | null): string | null => {
    const status = code === null ? undefined : old[code];
    return status === undefined ? null : String(codeOf(status));
  };

export const actionStatusOf = mapped(oldActionStatus, actionStatusCode);
export const supporterStatusOf = mapped(oldSupporterStatus, supporterStatusCode);
export const emailStatusOf = mapped(oldEmailStatus, emailStatusCode);
