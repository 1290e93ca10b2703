import { hasPermission } from '@groundswell/domain';
import type { User } from '@groundswell/persistence';
import type { Viewer } from '../auth/access';

/** An account; everything but the fields with a resolver of their own. */
export interface UserView {
  id: number;
  email: string;
  phone: string | null;
  pictureUrl: string | null;
  jobTitle: string | null;
  row: User;
}

export const viewUser = (user: User): UserView => ({
  id: user.id,
  email: user.email,
  phone: user.phone,
  pictureUrl: user.pictureUrl,
  jobTitle: user.jobTitle,
  row: user,
});

/** Who sees of an account more than its profile: itself, and whoever manages users. */
export const seesWholeAccount = (caller: Viewer | null, userId: number): boolean =>
  caller !== null && (caller.userId === userId || managesUsers(caller));

/** Instance-wide: also the instance owner. */
export const managesUsers = ({ perms }: Viewer): boolean =>
  hasPermission(perms, 'manage_users') || hasPermission(perms, 'instance_owner');
