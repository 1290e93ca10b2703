import { randomBytes } from 'node:crypto';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';

export interface ReportWorld {
  org: TestOrg;
  actions: number;
}

export interface FoundReport {
  id: string;
  key: string;
  state: string;
  rows: number | null;
  mails: number;
}

const actions = 25;

/** An org with actions to report; needs the object store of the fleet. */
export async function aReportWorld(fleet: TestFleet): Promise<ReportWorld> {
  const org = await anOrg(fleet, { withKey: false });
  const campaign = await aCampaign(org);
  const { id: pageId, campaignId } = await aPage(org, campaign);
  await fleet.sql.query(
    `with people as (
       insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status, dupe_rank)
       select $1, $2, sha256($5 || n::text::bytea), 3, 0 from generate_series(1, $4::int) n returning id),
     records as (
       insert into actions.contacts (supporter_id, org_id, payload, communication_consent)
       select id, $3, '{}', true from people)
     insert into actions.actions (campaign_id, action_page_id, supporter_id, action_type, with_consent, processing_status)
     select $1, $2, id, 'petition', true, 4 from people`,
    [campaignId, pageId, org.id, actions, randomBytes(8)],
  );
  return { org, actions };
}

export const requestReport = ({ org }: ReportWorld): Promise<unknown> =>
  org.owner.data('mutation ($org: String!) { requestReport(orgName: $org, input: { kind: ACTIONS }) { id } }', {
    org: org.name,
  });

export async function reportsOf(fleet: TestFleet, { org }: ReportWorld): Promise<FoundReport[]> {
  const { rows } = await fleet.sql.query<FoundReport>(
    `select r.id, r.file_key as key, j.state, r.row_count::int as rows,
            ((select count(*) from stats.outbox where message_id = 'report:' || r.id)
             + (select count(*) from stats.outbox_sent where message_id = 'report:' || r.id))::int as mails
       from stats.reports r join stats.jobs j on j.id = r.job_id where r.org_id = $1`,
    [org.id],
  );
  return rows;
}

export const filesOf = (fleet: TestFleet, { org }: ReportWorld): string[] =>
  (fleet.objectStore?.keys ?? []).filter((key) => key.startsWith(`reports/${org.id}/`));

export const reportDone = (fleet: TestFleet, world: ReportWorld): Promise<unknown> =>
  waitFor(async () => (await reportsOf(fleet, world))[0]?.state === 'complete');
