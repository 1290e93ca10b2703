import type { ValidContact } from '../contact/contact';
import type { ActionStatus } from '../processing/status';

export interface CopyKind {
  /** Of the collector; goes before MTT, which cannot work there. */
  highSecurity: boolean;
  hasMtt: boolean;
}

export interface ClearCopies {
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  /** JSON text of the address object. */
  address: string | null;
  area: string | null;
}

export type ClearCopy = 'email' | 'lastName' | 'address' | 'firstName';

/** What the supporter row holds in clear beside the encrypted records (processing.md 3.2). */
export function clearCopies({ highSecurity, hasMtt }: CopyKind, contact: ValidContact): ClearCopies {
  const { email, firstName, lastName, address, area } = contact;
  if (highSecurity) return { email: null, firstName: null, lastName: null, address: null, area };
  if (!hasMtt) return { email, firstName, lastName: null, address: null, area };
  return { email, firstName, lastName, address: address && JSON.stringify(address), area };
}

/** What goes when the action reaches deliver. All of it in high security, in case the org only became so later. */
export function copiesClearedAtDeliver({ highSecurity, hasMtt }: CopyKind): ClearCopy[] {
  if (highSecurity) return ['email', 'lastName', 'address', 'firstName'];
  return hasMtt ? [] : ['email', 'lastName', 'address'];
}

/** Copies stay while another action of the supporter that carries consent may still need them for its messages. */
export const mayClearCopies = (otherActions: readonly { status: ActionStatus; withConsent: boolean }[]): boolean =>
  !otherActions.some(
    ({ status, withConsent }) => withConsent && (status === 'new' || status === 'confirming' || status === 'accepted'),
  );
