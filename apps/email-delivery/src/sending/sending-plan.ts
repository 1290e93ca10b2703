import type { Catalogue } from '@groundswell/persistence';

/** Which service sends the mails of which orgs. `null`: these orgs have none, or are gone. */
export type SendingPlan = Map<number | null, number[]>;

/** The account of each org that has mail due. Marked as deleted, an org sends no more. */
export function planSending(catalogue: Pick<Catalogue, 'orgs'>, orgIds: readonly number[]): SendingPlan {
  const plan: SendingPlan = new Map();
  for (const orgId of orgIds) {
    const org = catalogue.orgs.get(orgId);
    const serviceId = org && org.deletedAt === null ? org.emailBackendId : null;
    plan.set(serviceId, [...(plan.get(serviceId) ?? []), orgId]);
  }
  return plan;
}
