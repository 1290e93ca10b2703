import { hasAllBits, permissionBit, permissionMask } from './permissions';

export type Role = 'owner' | 'campaigner' | 'translator' | 'coordinator';

const coordinatorMask = permissionMask(['change_campaign_settings']);
const translatorMask = coordinatorMask | permissionMask(['change_org_users']);
const campaignerMask =
  translatorMask | permissionMask(['change_org_settings', 'manage_campaigns', 'manage_action_pages']);
const ownerMask = campaignerMask | permissionMask(['org_owner', 'export_contacts', 'delete_contacts']);

/** The whole mask a role sets on a staffer (graphql-api.md 2.2). */
export const roleMask: Readonly<Record<Role, number>> = {
  owner: ownerMask,
  campaigner: campaignerMask,
  translator: translatorMask,
  coordinator: coordinatorMask,
};

const roles: readonly Role[] = ['owner', 'campaigner', 'translator', 'coordinator'];
const legacyOwnerMask = ownerMask & ~(1 << permissionBit.delete_contacts);

/** Null for a name that is no role; names are compared exactly. */
export const findRole = (name: string): Role | null => roles.find((role) => role === name) ?? null;

/** The role shown for a staffer: the first whose bits are all there. A legacy owner lacks only delete_contacts. */
export function roleOfMask(mask: number): Role | 'custom' {
  if (hasAllBits(mask, legacyOwnerMask)) return 'owner';
  return roles.find((role) => hasAllBits(mask, roleMask[role])) ?? 'custom';
}

/** By the assigner's staffer bits; one who shows as owner counts as holding all owner bits. */
export const mayAssignRole = (assignerMask: number, role: Role): boolean =>
  hasAllBits(assignableBits(assignerMask), roleMask[role]);

/** Whether a staffer may change or remove another: only whom they could have given their role. */
export function mayChangeMember(assignerMask: number, memberMask: number): boolean {
  const role = roleOfMask(memberMask);
  return role === 'custom' ? hasAllBits(assignableBits(assignerMask), memberMask) : mayAssignRole(assignerMask, role);
}

const assignableBits = (mask: number): number => (roleOfMask(mask) === 'owner' ? mask | ownerMask : mask);
