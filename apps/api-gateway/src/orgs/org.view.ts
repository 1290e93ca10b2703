import type { CatalogueOrg } from '@groundswell/persistence';
import type { Access } from '../auth/access';
import { managesOrgs } from '../users/permission-guard';

/** An org as a caller sees it. `access` is what the root field found out; fields below decide by it. */
export interface OrgView {
  __typename: 'PublicOrg' | 'PrivateOrg';
  id: number;
  name: string;
  title: string;
  config: Record<string, unknown>;
  row: CatalogueOrg;
  access: Access;
}

/** Private for staff of this very org and for whoever manages orgs (graphql-api.md §3). */
export const viewOrg = (org: CatalogueOrg, access: Access): OrgView =>
  access.membership?.orgId === org.id || managesOrgs(access)
    ? viewPrivateOrg(org, access)
    : { ...fieldsOf(org, access), __typename: 'PublicOrg' };

export const viewPrivateOrg = (org: CatalogueOrg, access: Access): OrgView => ({
  ...fieldsOf(org, access),
  __typename: 'PrivateOrg',
});

const fieldsOf = (org: CatalogueOrg, access: Access) => ({
  id: org.id,
  name: org.name,
  title: org.title,
  config: org.config,
  row: org,
  access,
});
