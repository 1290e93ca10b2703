import type { JwtPayload } from 'jsonwebtoken';
import { RefusedRequest } from '../../graphql/requests/refused-request';
import { isEmail } from '../../accounts/account-rules';
import type { ExternalIdentity } from '../../accounts/external-identity';
import { readClaim } from './claim-path';
import type { ClaimPath } from './claim-path';

export interface IdentityClaims {
  /** JWT_EMAIL */
  email: readonly ClaimPath[];
  /** JWT_EMAIL_VERIFIED */
  isVerified: readonly ClaimPath[];
  /** ALLOW_UNVERIFIED_EMAIL */
  allowsUnverified: boolean;
}

const longestExternalId = 255;

/** Whom checked claims are about. Throws RefusedRequest (401). */
export const identityOf = (claims: JwtPayload, names: IdentityClaims): ExternalIdentity => {
  const email = readClaim(claims, names.email);
  if (typeof email !== 'string' || !isEmail(email)) throw missingValues();
  const isVerified = isTrue(readClaim(claims, names.isVerified));
  if (!isVerified && !names.allowsUnverified) throw new RefusedRequest(401, 'Email not verified', 'unauthorized');
  const externalId = externalIdOf(claims.sub);
  // An address alone says who somebody is only when it was verified.
  if (externalId === null && !isVerified) throw missingValues();
  return { externalId, email, isVerified };
};

/** Some providers write it as text. */
const isTrue = (value: unknown): boolean => value === true || value === 'true';

const externalIdOf = (sub: unknown): string | null => {
  if (sub === undefined || sub === null || sub === '') return null;
  if (typeof sub !== 'string' || sub.length > longestExternalId || sub.includes('\0')) throw missingValues();
  return sub;
};

const missingValues = (): RefusedRequest => new RefusedRequest(401, 'JWT is invalid (missing values)', 'unauthorized');
