import { confirmQueue, crmQueue } from '@groundswell/contracts';
import { aCampaign, anOrg, aPage, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';
import type { CrashPage } from './crash-client';
import { Arrivals } from './queue-log';

export interface CrashWorld {
  /** Two pages of one campaign, and one of an org that confirms its supporters itself. */
  pages: CrashPage[];
  delivering: TestOrg;
  confirming: TestOrg;
  arrivals: Arrivals;
}

/** Orgs and pages of one run. */
export async function aCrashWorld(fleet: TestFleet): Promise<CrashWorld> {
  const delivering = await anOrg(fleet);
  const confirming = await anOrg(fleet, { processing: { customActionDeliver: true, customSupporterConfirm: true } });
  const campaign = await aCampaign(delivering);
  const ownCampaign = await aCampaign(confirming);
  const first = await aPage(delivering, campaign);
  const second = await aPage(delivering, campaign);
  const third = await aPage(confirming, ownCampaign);
  return {
    pages: [
      { ...first, orgId: delivering.id, isConfirming: false },
      { ...second, orgId: delivering.id, isConfirming: false },
      { ...third, orgId: confirming.id, isConfirming: true },
    ],
    delivering,
    confirming,
    arrivals: new Arrivals(),
  };
}

/** Reads every queue in which the orgs get messages, once topology-service has confirmed it. */
export async function listen(fleet: TestFleet, { delivering, confirming, arrivals }: CrashWorld): Promise<void> {
  const [delivered, confirmed] = [await fleet.crmLogin(delivering.id), await fleet.crmLogin(confirming.id)];
  arrivals.listen(delivered, crmQueue(delivering.name));
  arrivals.listen(confirmed, crmQueue(confirming.name));
  arrivals.listen(confirmed, confirmQueue(confirming.name));
}
