import type { Catalogue } from '@groundswell/persistence';

/** Which service sends the mails of which orgs. `null`: these orgs have none, or are gone. */
export type SendingPlan = Map<number | null, number[]>;

/** The email backend of each org that has mail due. Marked as deleted, an org sends no more. */
export function planSending(catalogue: Pick<Catalogue, 'orgs'>, orgIds: readonly number[]): SendingPlan {
  const plan: SendingPlan = new Map();
  for (const orgId of orgIds) {
    const serviceId = backendsOf(catalogue, orgId).ordinary;
    plan.set(serviceId, [...(plan.get(serviceId) ?? []), orgId]);
  }
  return plan;
}

/** The mails one account is to send. */
export interface AccountShare {
  /** All of these orgs. */
  all: number[];
  /** Those of these orgs that may go through their transactional backend, as far as its budget goes. */
  transactional: number[];
  /** What their transactional backend does not take. */
  rest: { orgId: number; serviceId: number }[];
}

export type MailPlan = Map<number | null, AccountShare>;

/**
 * Which account sends what of each org (email-and-mtt.md §1.2). While the transactional backend is gone, cannot be opened or
 * rests after failures (`isUsable` says no), the email backend sends all: what is over the budget goes there anyway, and confirms
 * and passwords are worth nothing later.
 */
export function planMails(
  catalogue: Pick<Catalogue, 'orgs'>,
  orgIds: readonly number[],
  isUsable: (serviceId: number) => boolean,
): MailPlan {
  const plan: MailPlan = new Map();
  const shareOf = (serviceId: number | null): AccountShare => {
    const share = plan.get(serviceId) ?? { all: [], transactional: [], rest: [] };
    plan.set(serviceId, share);
    return share;
  };
  for (const orgId of orgIds) {
    const { ordinary, transactional } = backendsOf(catalogue, orgId);
    if (transactional === null || transactional === ordinary || !isUsable(transactional)) {
      shareOf(ordinary).all.push(orgId);
      continue;
    }
    shareOf(transactional).transactional.push(orgId);
    shareOf(ordinary).rest.push({ orgId, serviceId: transactional });
  }
  return plan;
}

/** Of all accounts these orgs use. */
export function accountsOf(catalogue: Pick<Catalogue, 'orgs'>, orgIds: readonly number[]): number[] {
  const ids = orgIds.flatMap((orgId) => Object.values(backendsOf(catalogue, orgId)));
  return [...new Set(ids.filter((id) => id !== null))];
}

function backendsOf(catalogue: Pick<Catalogue, 'orgs'>, orgId: number) {
  const org = catalogue.orgs.get(orgId);
  if (!org || org.deletedAt !== null) return { ordinary: null, transactional: null };
  return { ordinary: org.emailBackendId, transactional: org.transactionalEmailBackendId };
}
