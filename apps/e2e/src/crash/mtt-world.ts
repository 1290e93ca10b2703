import { aCampaign, anOrg, aPage, unique, type TestOrg, type TestPage } from '../campaign-world';
import type { TestFleet } from '../test-fleet';
import { mailsThrough } from './mail-world';

export interface MttWorld {
  org: TestOrg;
  campaignId: number;
  /** Of the one campaign, so that a person's second signature is a duplicate and no repeat. */
  pages: TestPage[];
  targetIds: string[];
  endAt: Date;
}

/** A campaign whose mails drip to their targets for that long, from now on, by the SMTP server at this URL. */
export async function anMttCampaign(
  fleet: TestFleet,
  { host, targets, windowMs }: { host: string; targets: number; windowMs: number },
): Promise<MttWorld> {
  const org = await anOrg(fleet);
  await mailsThrough(org, host);
  const startAt = new Date(Date.now() - 1_000);
  const endAt = new Date(startAt.getTime() + windowMs);
  const mtt = { startAt: startAt.toISOString(), endAt: endAt.toISOString(), maxPerTargetPerDay: 100_000 };
  const campaign = await aCampaign(org, { mtt, status: 'LIVE' });
  const pages = [await aPage(org, campaign), await aPage(org, campaign)];
  const input = Array.from({ length: targets }, (_, number) => ({
    externalId: unique('mp'),
    name: `Member ${number}`,
    emails: [{ email: `${unique('member')}@parliament.example.org` }],
  }));
  const { upsertTargets } = await org.owner.data<{ upsertTargets: { id: string }[] }>(
    `mutation ($id: Int!, $targets: [TargetInput!]!) { upsertTargets(campaignId: $id, targets: $targets) { id } }`,
    { id: campaign.id, targets: input },
  );
  return { org, campaignId: campaign.id, pages, targetIds: upsertTargets.map(({ id }) => id), endAt };
}
