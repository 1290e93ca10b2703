import { randomBytes } from 'node:crypto';
import { ReferenceRecipe } from '@groundswell/crypto';
import { adminMask } from '@groundswell/domain';
import { DEVELOPMENT_FINGERPRINT_SEED } from '@groundswell/fleet';
import { aCampaign, anOrg, aPage } from '../../campaign-world';
import type { TestFleet } from '../../test-fleet';
import type { JobScenario } from '../job-scenario';

const formerSeed = 'the seed of before';
const presentSeed = process.env['FINGERPRINT_SEED'] ?? DEVELOPMENT_FINGERPRINT_SEED;
const people = 40;

interface World {
  campaignId: number;
  former: Buffer[];
  present: Buffer[];
}

/** Signatures of before, the addresses in clear; every fourth person has signed again since. */
async function prepare(fleet: TestFleet): Promise<World> {
  const org = await anOrg(fleet, { withKey: false });
  const { id: pageId, campaignId } = await aPage(org, await aCampaign(org));
  const recipe = new ReferenceRecipe(presentSeed, [formerSeed]);
  const emails = Array.from({ length: people }, () => `${randomBytes(8).toString('hex')}@example.org`);
  const former = emails.map((email) => recipe.formerRefsOf(email)[0]!);
  const present = emails.map((email) => recipe.refOf(email));
  const sign = (at: number[], refs: Buffer[]) =>
    fleet.sql.query(
      `with people as (
         insert into actions.supporters (campaign_id, action_page_id, fingerprint, email, processing_status, dupe_rank)
         select $1, $2, p.ref, p.email, 3, 0 from unnest($3::bytea[], $4::text[]) as p (ref, email) returning id)
       insert into actions.actions (campaign_id, action_page_id, supporter_id, action_type, with_consent, processing_status)
       select $1, $2, id, 'petition', true, 4 from people`,
      [campaignId, pageId, at.map((one) => refs[one]), at.map((one) => emails[one])],
    );
  const all = emails.map((_, at) => at);
  await sign(all, former);
  await sign(
    all.filter((at) => at % 4 === 0),
    present,
  );
  return { campaignId, former, present };
}

async function start(fleet: TestFleet): Promise<void> {
  const admin = await fleet.newUser(adminMask);
  await admin.data('mutation { recalculateReferences { jobId } }');
}

async function check(fleet: TestFleet, { campaignId, former, present }: World): Promise<void> {
  const { rows } = await fleet.sql.query<Record<string, number | boolean>>(
    `select count(*) filter (where fingerprint = any($2))::int as former,
            count(*) filter (where fingerprint = any($3))::int as present,
            count(*) filter (where dupe_rank = 0)::int as firsts,
            (select count(*)::int from actions.reference_aliases where old_ref = any($2)) as aliases,
            (select (result->>'recalculated')::int from actions.jobs where type = 'recalculate-references') as recalculated,
            (select count(*) > 0 from stats.recount_runs) as recounted
       from actions.supporters where campaign_id = $1`,
    [campaignId, former, present],
  );
  const wanted = {
    former: 0,
    present: people * 1.25,
    firsts: people,
    aliases: people,
    recalculated: people,
    recounted: true,
  };
  if (JSON.stringify(rows[0]) !== JSON.stringify(wanted)) throw new Error(`not moved once: ${JSON.stringify(rows[0])}`);
}

/** Killed when the first of its commands are carried out. */
export const scenario: JobScenario<World> = {
  job: 'recalculate-references',
  service: 'action-ingest',
  holdAt: 'actions.reference_aliases',
  settings: { 'action-ingest': { FINGERPRINT_SEED_BEFORE: formerSeed } },
  prepare,
  start,
  check,
};
