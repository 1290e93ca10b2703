import type { EntityManager } from 'typeorm';
import { entityNotFound } from './catalogue-lookup';

export interface NeededRows {
  orgId?: number;
  campaignId?: number;
  pageId?: number;
}

/** Inside a catalogue transaction: what was looked up before it may have been marked as deleted meanwhile, and nothing
 *  may be added to that. */
export async function requireStillThere(manager: EntityManager, { orgId, campaignId, pageId }: NeededRows) {
  const rows: unknown[] = await manager.query(
    `select where ($1::bigint is null or exists (select from catalog.orgs where id = $1 and deleted_at is null))
              and ($2::bigint is null or exists (select from catalog.campaigns where id = $2 and deleted_at is null))
              and ($3::bigint is null or exists (select from catalog.action_pages where id = $3 and deleted_at is null))`,
    [orgId ?? null, campaignId ?? null, pageId ?? null],
  );
  if (rows.length === 0) throw entityNotFound();
}
