import type { LookupState } from '../details/lookup-ledger';
import type { ActionState, SupporterState } from './batch-state';

/** Supporters of one person on one page, as the database holds them before the batch. */
export interface KnownSupporters {
  ref: string;
  campaignId: number;
  pageId: number;
  /** Highest id, whatever its status. */
  latestId: number;
  accepted: number;
}

/** A counted supporter (accepted, rank 0) or one that may become counted, with its counting actions per page. */
export interface CountedSupporter {
  ref: string;
  supporterId: number;
  isCounted: boolean;
  area: string | null;
  actions: [pageId: number, count: number][];
}

/** A signature of the last minutes, as the repeat rule compares it. */
export interface RecentSignature {
  ref: string;
  pageId: number;
  actionType: string;
  fields: Record<string, unknown>;
  acceptedAt: Date;
  isUnconfirmed: boolean;
  noMail: boolean;
  /** Of the fields as they were submitted, where details may have been merged over them. */
  submittedDigest: Buffer | null;
}

/** Everything the database knows that a batch may need, read by a handful of set-based statements. */
export interface LoadedBatch {
  known: KnownSupporters[];
  counted: CountedSupporter[];
  /** Supporters that a message touches, and those next in line for rank 0, with contacts and unfinished actions, by id. */
  supporters: Map<number, SupporterState>;
  /** Unlinked actions under the references the batch mentions, by reference. Locked for this transaction. */
  unlinked: ActionState[];
  /** References carried by contacts stored earlier. */
  carriedRefs: { orgId: number; ref: string; supporterId: number; supporterRef: string }[];
  /** Whom an org had erased, and when. */
  erasures: { orgId: number; ref: string; erasedAt: Date }[];
  /** Signatures of the last minutes by people who sign again in this batch. */
  recent: RecentSignature[];
  /** Links that waited for their contact. */
  pendingLinks: { orgId: number; contactRef: string; ref: string }[];
  /** Look-ups of unfinished actions, by action. */
  lookups: ReadonlyMap<number, LookupState>;
}
