/** Bit numbers and names are part of the API contract (graphql-api.md 2.1). 0 to 3 sit on users, the rest on staffers. */
export const permissionBit = {
  instance_owner: 0,
  join_orgs: 1,
  manage_users: 2,
  manage_orgs: 3,
  org_owner: 7,
  use_api: 8,
  export_contacts: 9,
  delete_contacts: 10,
  change_org_users: 15,
  change_org_settings: 16,
  change_org_services: 16,
  manage_campaigns: 17,
  manage_action_pages: 18,
  launch_action_page: 19,
  change_campaign_settings: 20,
} as const;

export type Permission = keyof typeof permissionBit;

const allPermissions = Object.keys(permissionBit) as Permission[];

export const permissionMask = (permissions: readonly Permission[]): number =>
  permissions.reduce((mask, permission) => mask | (1 << permissionBit[permission]), 0);

/** Both names of bit 16 appear. */
export const permissionNames = (mask: number): Permission[] =>
  allPermissions.filter((permission) => hasPermission(mask, permission));

export const hasPermission = (mask: number, permission: Permission): boolean =>
  (mask & (1 << permissionBit[permission])) !== 0;

/** All bits of `required` are in `mask`. */
export const hasAllBits = (mask: number, required: number): boolean => (mask & required) === required;

/** What an instance admin holds on the user: bits 0 to 3. */
export const adminMask = permissionMask(['instance_owner', 'join_orgs', 'manage_users', 'manage_orgs']);
