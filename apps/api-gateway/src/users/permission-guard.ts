import { hasPermission, permissionMask, permissionNames, type Permission } from '@groundswell/domain';
import { ApiError } from '../api/api-error';
import type { Access, Membership, Viewer } from '../auth/access';

/** Guards of root fields (graphql-api.md §2.3) with their exact texts (§1.5). */
export function requireViewer(viewer: Viewer | null): Viewer {
  if (!viewer) throw new ApiError('unauthorized', 'Authentication is required for this API call');
  return viewer;
}

/** Instance owners pass only where `ownersPass` says so. */
export function requireStaffer(access: Access, ownersPass = false): Membership | null {
  if (access.membership) return access.membership;
  if (ownersPass && isInstanceOwner(access)) return null;
  throw new ApiError('unauthorized', 'User is not a member of organisation');
}

/** Any one of the permissions, on the user or on the membership, or the instance owner. */
export function requireAnyOf(access: Access, ...permissions: Permission[]): Viewer {
  const { viewer, membership } = access;
  if (!viewer) throw new ApiError('permission_denied', 'User is not a member of team responsible for resource');
  const mask = effectiveMask(access);
  if (isInstanceOwner(access) || (mask & permissionMask(permissions)) !== 0) return viewer;
  throw new ApiError('permission_denied', 'You do not have the required permission', {
    required: permissions,
    provided: permissionNames(mask),
    ...(membership ? { org_id: membership.orgId } : {}),
  });
}

export const isInstanceOwner = ({ viewer }: Access): boolean =>
  viewer !== null && hasPermission(viewer.perms, 'instance_owner');

export const managesOrgs = ({ viewer }: Access): boolean =>
  viewer !== null && hasPermission(viewer.perms, 'manage_orgs');

const effectiveMask = ({ viewer, membership }: Access): number => (viewer?.perms ?? 0) | (membership?.perms ?? 0);
