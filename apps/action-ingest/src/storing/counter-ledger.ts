import type { CampaignDeltaV1 } from '@groundswell/contracts';

/** Where a page counts. */
export interface PagePlace {
  campaignId: number;
  orgId: number;
}

interface Counted {
  area: string | null;
  /** Counted = accepted with rank 0. */
  countedBefore: boolean;
  countedNow: boolean;
  /** Actions that count (accepted or delivered, not testing) per page; null for none. */
  actionsBefore: Map<number, number> | null;
  actionsNow: Map<number, number> | null;
}

/** A supporter that counts, with its counting actions per page. */
interface Counting {
  id: number;
  area: string | null;
  pages: Map<number, number>;
}

interface Person {
  partition: number;
  supporters: Map<number, Counted>;
}

interface Delta {
  byOrg: Map<string, number>;
  byArea: Map<string, number>;
  byPage: Map<string, number>;
  actionCount: Map<string, number>;
  pageActionCount: Map<string, Map<string, number>>;
}

/**
 * What one batch changes of the counters of processing.md §9.1. A person (fingerprint) counts once per campaign, org and
 * page however many supporters it made, so the ledger compares each touched person before and after the batch.
 */
export class CounterLedger {
  private readonly people = new Map<string, Person>();
  private readonly deltas = new Map<number, Map<number, Delta>>();

  constructor(private readonly placeOf: (pageId: number) => PagePlace) {}

  /** A supporter as the database holds it: counted or not, with its counting actions per page. */
  seed(
    ref: string,
    partition: number,
    supporterId: number,
    counted: boolean,
    area: string | null,
    actions: [pageId: number, count: number][],
  ): void {
    const supporter = this.supporter(ref, partition, supporterId, area);
    supporter.countedBefore = counted;
    supporter.countedNow = counted;
    if (actions.length === 0) return;
    supporter.actionsBefore = new Map(actions);
    supporter.actionsNow = new Map(actions);
  }

  /** Says whether a supporter counts from now on. */
  setCounted(ref: string, partition: number, supporterId: number, area: string | null, counted: boolean): void {
    this.supporter(ref, partition, supporterId, area).countedNow = counted;
  }

  /** A supporter that was seeded is another person's from now on. The person it was keeps the partition it was seeded with. */
  move(fromRef: string, toRef: string, partition: number, supporterId: number): void {
    const seeded = this.people.get(fromRef)?.supporters.get(supporterId);
    if (!seeded) throw new Error(`supporter ${supporterId} was not seeded`);
    const moved = this.supporter(toRef, partition, supporterId, seeded.area);
    moved.countedNow = seeded.countedNow;
    moved.actionsNow = seeded.actionsNow;
    seeded.countedNow = false;
    seeded.actionsNow = null;
  }

  /** An action began (+1) or ceased (-1) to count. */
  addAction(
    action: {
      ref: string | null;
      partition: number;
      supporterId: number | null;
      area: string | null;
      pageId: number;
      actionType: string;
    },
    by: 1 | -1,
  ): void {
    const { campaignId } = this.placeOf(action.pageId);
    const delta = this.delta(action.partition, campaignId);
    bump(delta.actionCount, action.actionType, by);
    const page = String(action.pageId);
    let onPage = delta.pageActionCount.get(page);
    if (!onPage) delta.pageActionCount.set(page, (onPage = new Map<string, number>()));
    bump(onPage, action.actionType, by);
    if (action.supporterId === null || action.ref === null) return;
    const supporter = this.supporter(action.ref, action.partition, action.supporterId, action.area);
    supporter.actionsNow ??= new Map();
    supporter.actionsNow.set(action.pageId, (supporter.actionsNow.get(action.pageId) ?? 0) + by);
  }

  /** Deltas per partition; partitions and campaigns where nothing changed are left out. */
  results(): Map<number, CampaignDeltaV1[]> {
    for (const person of this.people.values()) this.comparePerson(person);
    const results = new Map<number, CampaignDeltaV1[]>();
    for (const [partition, campaigns] of this.deltas) {
      const changed = [...campaigns]
        .map(([campaignId, delta]) => toContract(campaignId, delta))
        .filter((delta) => !isEmpty(delta));
      if (changed.length > 0) results.set(partition, changed);
    }
    return results;
  }

  private comparePerson(person: Person): void {
    this.addPerson(person, 'countedBefore', 'actionsBefore', -1);
    this.addPerson(person, 'countedNow', 'actionsNow', 1);
  }

  private addPerson(
    person: Person,
    counted: 'countedBefore' | 'countedNow',
    actions: 'actionsBefore' | 'actionsNow',
    by: 1 | -1,
  ): void {
    const counting: Counting[] = [];
    for (const [id, { area, [counted]: counts, [actions]: pages }] of person.supporters) {
      if (counts && pages && pages.size > 0) counting.push({ id, area, pages });
    }
    const [first] = counting;
    if (!first) return;
    if (counting.length === 1 && first.pages.size === 1) this.addOnce(person.partition, first, by);
    else this.addEach(person.partition, counting, by);
  }

  /** Almost everybody: one supporter with actions on one page. */
  private addOnce(partition: number, { area, pages }: Counting, by: 1 | -1): void {
    for (const [pageId, count] of pages) {
      if (count <= 0) return;
      const { campaignId, orgId } = this.placeOf(pageId);
      const delta = this.delta(partition, campaignId);
      bump(delta.byPage, String(pageId), by);
      bump(delta.byOrg, String(orgId), by);
      if (area !== null) bump(delta.byArea, area, by);
    }
  }

  private addEach(partition: number, counting: Counting[], by: 1 | -1): void {
    const counted = new Set<number>();
    const orgs = new Map<string, [campaignId: number, orgId: number]>();
    /** Per campaign the latest counted supporter decides the area. */
    const latest = new Map<number, { id: number; area: string | null }>();
    for (const { id, area, pages } of counting) {
      for (const [pageId, count] of pages) {
        if (count <= 0) continue;
        const { campaignId, orgId } = this.placeOf(pageId);
        counted.add(pageId);
        orgs.set(`${campaignId}:${orgId}`, [campaignId, orgId]);
        if ((latest.get(campaignId)?.id ?? 0) < id) latest.set(campaignId, { id, area });
      }
    }
    for (const pageId of counted) {
      bump(this.delta(partition, this.placeOf(pageId).campaignId).byPage, String(pageId), by);
    }
    for (const [campaignId, orgId] of orgs.values()) {
      bump(this.delta(partition, campaignId).byOrg, String(orgId), by);
    }
    for (const [campaignId, { area }] of latest) {
      if (area !== null) bump(this.delta(partition, campaignId).byArea, area, by);
    }
  }

  private supporter(ref: string, partition: number, supporterId: number, area: string | null): Counted {
    let person = this.people.get(ref);
    if (!person) {
      person = { partition, supporters: new Map() };
      this.people.set(ref, person);
    }
    let supporter = person.supporters.get(supporterId);
    if (!supporter) {
      supporter = { area, countedBefore: false, countedNow: false, actionsBefore: null, actionsNow: null };
      person.supporters.set(supporterId, supporter);
    }
    return supporter;
  }

  private delta(partition: number, campaignId: number): Delta {
    let campaigns = this.deltas.get(partition);
    if (!campaigns) {
      campaigns = new Map();
      this.deltas.set(partition, campaigns);
    }
    let delta = campaigns.get(campaignId);
    if (!delta) {
      delta = {
        byOrg: new Map(),
        byArea: new Map(),
        byPage: new Map(),
        actionCount: new Map(),
        pageActionCount: new Map(),
      };
      campaigns.set(campaignId, delta);
    }
    return delta;
  }
}

const bump = (counts: Map<string, number>, key: string, by: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};

const nonZero = (counts: Map<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].filter(([, count]) => count !== 0));

const toContract = (campaignId: number, delta: Delta): CampaignDeltaV1 => ({
  campaignId,
  byOrg: nonZero(delta.byOrg),
  byArea: nonZero(delta.byArea),
  byPage: nonZero(delta.byPage),
  actionCount: nonZero(delta.actionCount),
  pageActionCount: Object.fromEntries(
    [...delta.pageActionCount]
      .map(([pageId, counts]) => [pageId, nonZero(counts)] as const)
      .filter(([, counts]) => Object.keys(counts).length > 0),
  ),
});

const isEmpty = ({ campaignId: _, ...counts }: CampaignDeltaV1): boolean =>
  Object.values(counts).every((record) => Object.keys(record).length === 0);
