import type { Viewer } from '../auth/access';

/** What a single sign-on says of a person. */
export interface ExternalIdentity {
  externalId: string | null;
  email: string;
  isVerified: boolean;
}

export interface KnownAccount extends Viewer {
  externalId: string | null;
}

export type AccountChoice =
  | { kind: 'use'; account: KnownAccount }
  /** Use it, and store the external id with it. */
  | { kind: 'link'; account: KnownAccount }
  | { kind: 'create' }
  /** The address belongs to an account that this identity has not proved to be its own. */
  | { kind: 'refuse' };

/**
 * Which account an identity stands for. An account is taken over by its address only when the address was verified and no
 * other identity has it (email-and-mtt.md §7.2 [D]). `known` are the accounts with this external id or this address.
 */
export const chooseAccount = (identity: ExternalIdentity, known: readonly KnownAccount[]): AccountChoice => {
  const { externalId, email, isVerified } = identity;
  const byId = known.find((account) => externalId !== null && account.externalId === externalId);
  if (byId) return { kind: 'use', account: byId };
  const byEmail = known.find((account) => account.email.toLowerCase() === email.toLowerCase());
  if (!byEmail) return { kind: 'create' };
  if (!isVerified) return { kind: 'refuse' };
  if (externalId === null) return { kind: 'use', account: byEmail };
  return byEmail.externalId === null ? { kind: 'link', account: byEmail } : { kind: 'refuse' };
};
