import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { splitByBudget } from '@groundswell/domain';
import type { ClaimedDelivery } from '../deliveries/delivery';
import { DeliveryRepository, type Claim, type ClaimPart } from '../deliveries/delivery.repository';
import { TransactionalUseRepository } from '../deliveries/transactional-use.repository';
import type { AccountShare } from './sending-plan';

export interface Claimed {
  token: string;
  rows: ClaimedDelivery[];
}

/** Reserves the mails an account is to send, those under a budget no more than are left of it. */
export class MailClaims {
  constructor(
    private readonly replicaId: string,
    private readonly leaseMs: number,
  ) {}

  /** In the caller's transaction where some have a budget. A few more than `limit` where it cannot be shared out evenly. */
  async take(
    manager: EntityManager,
    share: AccountShare,
    { serviceId, limit }: { serviceId: number | null; limit: number },
  ): Promise<Claimed> {
    const token = `${this.replicaId}:${randomUUID()}`;
    const claim = { serviceId, token, leaseMs: this.leaseMs };
    const parts = [...(await transactionalPart(manager, share, serviceId, limit)), ...(await ownPart(manager, share))];
    const rows: ClaimedDelivery[] = [];
    for (const { part, orgs } of parts) {
      // Each kind has its share of the calls, so that none waits for the other to run out.
      const most = Math.ceil(limit / parts.length);
      rows.push(...(await new DeliveryRepository(manager).claim({ ...claim, part, orgs, limit: most })));
    }
    return { token, rows };
  }
}

interface Part {
  part: ClaimPart;
  orgs: Claim['orgs'];
}

async function transactionalPart(
  manager: EntityManager,
  { transactional }: AccountShare,
  serviceId: number | null,
  limit: number,
): Promise<Part[]> {
  if (transactional.length === 0 || serviceId === null) return [];
  const use = await new TransactionalUseRepository(manager).hold(serviceId, transactional);
  const orgs = [...use].flatMap(([orgId, { used, budget }]) => {
    const most = splitByBudget(limit, { hasBackend: true, used, budget }).transactional;
    return most > 0 ? [{ orgId, most }] : [];
  });
  return orgs.length > 0 ? [{ part: 'transactional', orgs }] : [];
}

async function ownPart(manager: EntityManager, { all, rest }: AccountShare): Promise<Part[]> {
  const use = await new TransactionalUseRepository(manager).find(rest);
  const isUsedUp = (orgId: number): boolean => {
    const found = use.get(orgId);
    return !found || splitByBudget(1, { hasBackend: true, ...found }).transactional === 0;
  };
  const orgIds = rest.map(({ orgId }) => orgId);
  const whole = [...all, ...orgIds.filter(isUsedUp)];
  const ordinary = orgIds.filter((orgId) => !isUsedUp(orgId));
  const parts: { part: ClaimPart; orgIds: number[] }[] = [
    { part: 'all', orgIds: whole },
    { part: 'ordinary', orgIds: ordinary },
  ];
  return parts
    .filter((one) => one.orgIds.length > 0)
    .map(({ part, orgIds: ids }) => ({ part, orgs: ids.map((orgId) => ({ orgId, most: null })) }));
}
