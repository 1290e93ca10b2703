import { adminMask, hasPermission, permissionBit, permissionMask, permissionNames } from './permissions';
import { findRole, mayAssignRole, roleMask, roleOfMask, type Role } from './roles';

const legacyOwner = 1540736;

describe('permission bits', () => {
  it('keeps the numbers of the API contract', () => {
    expect(permissionBit).toEqual({
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
    });
    expect(adminMask).toBe(15);
  });

  it('names both meanings of bit 16', () => {
    expect(permissionNames(permissionMask(['change_org_settings', 'export_contacts']))).toEqual([
      'export_contacts',
      'change_org_settings',
      'change_org_services',
    ]);
    expect(hasPermission(1 << 16, 'change_org_services')).toBe(true);
    expect(hasPermission(1 << 16, 'manage_campaigns')).toBe(false);
  });
});

describe('roles', () => {
  it('keeps the masks of the API contract', () => {
    expect(roleMask).toEqual({ owner: 1541760, campaigner: 1540096, translator: 1081344, coordinator: 1048576 });
  });

  it.each([
    [1541760, 'owner'],
    [1541760 | (1 << 8), 'owner'],
    [legacyOwner, 'owner'],
    [1540096, 'campaigner'],
    [1540096 | (1 << 9), 'campaigner'],
    [1081344, 'translator'],
    [1048576, 'coordinator'],
    [1 << 17, 'custom'],
    [0, 'custom'],
  ])('shows mask %i as %s', (mask, role) => {
    expect(roleOfMask(mask)).toBe(role);
  });

  it('leaves a legacy owner without delete_contacts', () => {
    expect(hasPermission(legacyOwner, 'delete_contacts')).toBe(false);
  });

  it.each<[string, number, Role[]]>([
    ['owner', roleMask.owner, ['owner', 'campaigner', 'translator', 'coordinator']],
    ['legacy owner', legacyOwner, ['owner', 'campaigner', 'translator', 'coordinator']],
    ['campaigner', roleMask.campaigner, ['campaigner', 'translator', 'coordinator']],
    ['translator', roleMask.translator, ['translator', 'coordinator']],
    ['coordinator', roleMask.coordinator, ['coordinator']],
    ['nobody', 0, []],
  ])('lets a %s give the roles it covers', (_name, mask, expected) => {
    const roles: Role[] = ['owner', 'campaigner', 'translator', 'coordinator'];
    expect(roles.filter((role) => mayAssignRole(mask, role))).toEqual(expected);
  });

  it.each([
    ['owner', 'owner'],
    ['Owner', null],
    ['custom', null],
    ['toString', null],
  ])('finds role %s: %s', (name, role) => {
    expect(findRole(name)).toBe(role);
  });
});
