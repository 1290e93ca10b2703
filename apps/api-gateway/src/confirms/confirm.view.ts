import type { Confirm } from '@groundswell/persistence';

/** A confirm as whoever may act on it sees it; its creator has a resolver. */
export interface ConfirmView {
  code: string;
  email: string | null;
  message: string | null;
  objectId: number | null;
  creatorId: number | null;
}

export const viewConfirm = ({ code, email, message, objectId, creatorId }: Confirm): ConfirmView => ({
  code,
  email,
  message,
  objectId,
  creatorId,
});
