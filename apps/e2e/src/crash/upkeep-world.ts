import { adminMask } from '@groundswell/domain';
import type { ApiClient } from '../api-client';
import { anOrg, unique } from '../campaign-world';
import type { TestFleet } from '../test-fleet';

export interface UpkeepWorld {
  admin: ApiClient;
  /** Ids of campaigns nothing has happened in for half a year. */
  campaigns: number[];
}

const campaignsOfOrg = 60;

/** More than one transaction takes. */
export async function anUpkeepWorld(fleet: TestFleet): Promise<UpkeepWorld> {
  const admin = await fleet.newUser(adminMask);
  const org = await anOrg(fleet, { withKey: false });
  const { rows } = await fleet.sql.query<{ id: string }>(
    `with made as (
       insert into catalog.campaigns (name, title, org_id, status, inserted_at)
       select $1 || n, 'Idle', $2, 1, now() - interval '1 year' from generate_series(1, $3::int) n returning id),
     pages as (
       insert into catalog.action_pages (name, locale, org_id, campaign_id)
       select $1 || '/' || id, 'en', $2, id from made returning id, campaign_id)
     insert into actions.actions (campaign_id, action_page_id, action_type, processing_status, inserted_at)
     select campaign_id, id, 'petition', 4, now() - interval '6 months' from pages returning campaign_id as id`,
    [unique('idle'), org.id, campaignsOfOrg],
  );
  return { admin, campaigns: rows.map(({ id }) => Number(id)) };
}

/** Throws unless each campaign is as it should be, and has one audit entry of this operation. */
export async function checkUpkeep(
  fleet: TestFleet,
  { campaigns }: UpkeepWorld,
  operation: string,
  condition: string,
): Promise<void> {
  const { rows } = await fleet.sql.query<{ done: number; noted: number }>(
    `select (select count(*)::int from catalog.campaigns where id = any($1::bigint[]) and ${condition}) as done,
            (select count(*)::int from catalog.audit_log
              where resource = 'campaign' and resource_id = any($1::text[]) and changeset->>'operation' = $2) as noted`,
    [campaigns.map(String), operation],
  );
  const wanted = { done: campaigns.length, noted: campaigns.length };
  if (JSON.stringify(rows[0]) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(rows[0])}`);
}
