import type { ConfirmOperation } from '@groundswell/domain';

/** An account as a mail names it. */
export interface Account {
  userId: number;
  email: string;
  jobTitle: string | null;
}

/** A confirm as it is stored, with who created it. */
export interface NotifiableConfirm {
  id: number;
  operation: ConfirmOperation;
  subjectId: number;
  objectId: number | null;
  email: string | null;
  code: string;
  /** Neither accepted nor rejected, and its time is not over. */
  isOpen: boolean;
  expiresAt: Date;
  message: string | null;
  creator: Account | null;
}
