import type { EntityManager } from 'typeorm';
import { InputError } from '../api/api-error';

const where = {
  page: 'p.id = $1',
  campaign: 'p.campaign_id = $1',
  org: 'p.org_id = $1',
};

/**
 * A supporter's mail to targets needs address and name in clear, which pages of high-security orgs never keep: such a page and MTT
 * in one campaign are refused (email-and-mtt.md §5.1). Called after the change that may bring them together; `path` is told.
 */
export async function refuseHighSecurityMtt(
  manager: EntityManager,
  changed: keyof typeof where,
  id: number,
  path: (string | number)[],
): Promise<void> {
  const rows: unknown[] = await manager.query(
    `select from catalog.action_pages p
       join catalog.orgs o on o.id = p.org_id and o.high_security
       join catalog.campaigns c on c.id = p.campaign_id and c.deleted_at is null
       join catalog.mtt m on m.campaign_id = c.id
      where p.deleted_at is null and ${where[changed]} limit 1`,
    [id],
  );
  if (rows.length > 0) throw InputError.at(path, 'MTT does not work with pages of high-security orgs');
}
