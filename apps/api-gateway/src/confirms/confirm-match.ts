import type { Confirm } from '@groundswell/persistence';

/** What somebody offers to have a confirm accepted or rejected. */
export interface ConfirmInput {
  code: string;
  email?: string | null;
  objectId?: number | null;
}

/** A code is good only with the address, else the object, it was made for; alone only when it was made for neither. */
export function isMadeFor(confirm: Pick<Confirm, 'email' | 'objectId'>, { email, objectId }: ConfirmInput): boolean {
  if (email) return confirm.email?.toLowerCase() === email.trim().toLowerCase();
  if (objectId != null) return confirm.objectId === objectId;
  return confirm.email === null && confirm.objectId === null;
}
