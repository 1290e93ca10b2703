import { checkJobTitle, checkPhone, checkPictureUrl } from '@groundswell/domain';
import type { User } from '@groundswell/persistence';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';

export interface UserDetailsInput {
  pictureUrl?: string | null;
  jobTitle?: string | null;
  phone?: string | null;
}

export interface SelectUser {
  id?: number | null;
  /** LIKE pattern, in any case of the letters. */
  email?: string | null;
  orgName?: string | null;
}

/** Columns an input sets, checked. Null clears. */
export function readUserDetails(input: UserDetailsInput): Partial<User> {
  const attributes = new InputAttributes(input, false);
  const changes = {
    pictureUrl: attributes.optionalText('pictureUrl', checkPictureUrl),
    jobTitle: attributes.optionalText('jobTitle', checkJobTitle),
    phone: attributes.optionalText('phone', checkPhone),
  };
  attributes.throwProblems();
  return withoutUndefined(changes);
}

/** Postgres refuses a pattern that ends in an escape; it escapes nothing. */
export const likePattern = (pattern: string): string =>
  /(?:^|[^\\])(?:\\\\)*\\$/.test(pattern) ? pattern.slice(0, -1) : pattern;
