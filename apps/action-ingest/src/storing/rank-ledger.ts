import type { SupporterState } from './batch-state';

interface Group {
  accepted: number;
  byPage: Map<number, number>;
}

/** Who is accepted already, per campaign and fingerprint: the ground of duplicate ranks (processing.md §5.4). */
export class RankLedger {
  private readonly groups = new Map<string, Group>();

  /** Adds what the database holds before the batch. */
  seed(campaignId: number, ref: string, pageId: number, accepted: number): void {
    if (accepted > 0) this.change(campaignId, ref, pageId, accepted);
  }

  accept(supporter: SupporterState): void {
    this.change(supporter.campaignId, supporter.ref, supporter.pageId, 1);
  }

  withdraw(supporter: SupporterState): void {
    this.change(supporter.campaignId, supporter.ref, supporter.pageId, -1);
  }

  /** Accepted supporters of the same person in the same campaign, without this one. */
  acceptedOthers(supporter: SupporterState): number {
    const accepted = this.groups.get(keyOf(supporter.campaignId, supporter.ref))?.accepted ?? 0;
    return accepted - (supporter.status === 'accepted' ? 1 : 0);
  }

  /** Whether one of those others signed on the same page. */
  hasOtherOnPage(supporter: SupporterState): boolean {
    const onPage = this.groups.get(keyOf(supporter.campaignId, supporter.ref))?.byPage.get(supporter.pageId) ?? 0;
    return onPage - (supporter.status === 'accepted' ? 1 : 0) > 0;
  }

  private change(campaignId: number, ref: string, pageId: number, by: number): void {
    const key = keyOf(campaignId, ref);
    const group = this.groups.get(key) ?? { accepted: 0, byPage: new Map<number, number>() };
    group.accepted += by;
    group.byPage.set(pageId, (group.byPage.get(pageId) ?? 0) + by);
    this.groups.set(key, group);
  }
}

const keyOf = (campaignId: number, ref: string): string => `${campaignId}:${ref}`;
