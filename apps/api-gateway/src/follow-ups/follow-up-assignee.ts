import type { FollowUpAssigneeV1 } from '@groundswell/contracts';
import { encodeRef, fingerprint } from '@groundswell/crypto';
import { splitAddress } from '@groundswell/domain';
import { InputError } from '../api/api-error';

export interface FollowUpAssigneeInput {
  userId?: number | null;
  volunteer?: string | null;
}

const longestAddress = 254;

/** Throws InputError below `path`. A volunteer's reference is that of a contact with this address, so that erasing finds them. */
export function readAssignee(
  { userId, volunteer }: FollowUpAssigneeInput,
  path: (string | number)[],
  fingerprintSeed: string,
): FollowUpAssigneeV1 {
  if ((userId == null) === (volunteer == null)) throw InputError.at(path, 'needs either userId or volunteer');
  if (userId != null) return { userId };
  const email = (volunteer ?? '').trim().toLowerCase();
  if (email.length > longestAddress || !splitAddress(email)) {
    throw InputError.at([...path, 'volunteer'], 'has invalid format');
  }
  return { email, ref: encodeRef(fingerprint(fingerprintSeed, email)) };
}
