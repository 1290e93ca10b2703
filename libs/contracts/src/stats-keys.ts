/**
 * Where stats-service mirrors the counters of processing.md §9 in Redis, for whoever reads them there. Values are absolute.
 * While `loaded` is missing Redis has no figures. While it stands, a campaign without a hash has no actions.
 */

export interface StatsKeys {
  /** Hash: `id` uuid of the load, `runId` of the Redis process it was loaded into, `version` over all campaigns. */
  loaded: string;
  /** Id of the load under way: nobody else's is written. */
  loading: string;
  /** Hash of one campaign's figures, see `statsFields`. */
  campaign(campaignId: number): string;
  /** All such keys, for a scan. */
  campaigns: string;
}

/** Two installations may share a Redis: keys have the name of the database, as its URL has it. */
export function statsKeysOf(databaseName: string): StatsKeys {
  const prefix = `gs:stats:${databaseName}`;
  return {
    loaded: `${prefix}:loaded`,
    loading: `${prefix}:loading`,
    campaign: (campaignId) => `${prefix}:c:${campaignId}`,
    campaigns: `${prefix.replace(/[*?[\]\\^]/g, '\\$&')}:c:*`,
  };
}

/** Fields of a campaign's hash: its version, counts, and what is known of each page. */
export const statsFields = {
  /** Version over all campaigns of its last change; rises with each. */
  version: 'v',
  org: (orgId: number): string => `o:${orgId}`,
  area: (area: string): string => `a:${area}`,
  actionType: (actionType: string): string => `t:${actionType}`,
  page: (pageId: number): string => `p:${pageId}`,
  pageActionType: (pageId: number, actionType: string): string => `y:${pageId}:${actionType}`,
  /** Last stored action of a page, ms since 1970. */
  lastActionAt: (pageId: number): string => `l:${pageId}`,
  /** Last location that was not empty. */
  location: (pageId: number): string => `u:${pageId}`,
} as const;

/** Column `kind` of `stats.counters`; `id` is the org's or the page's, `name` the area or the action type. */
export const statsCounterKinds = { org: 0, area: 1, actionType: 2, page: 3, pageActionType: 4 } as const;

export type StatsCounterKind = (typeof statsCounterKinds)[keyof typeof statsCounterKinds];

/** Field of one counter in its campaign's hash. */
export function statsCounterField(kind: StatsCounterKind, id: number, name: string): string {
  switch (kind) {
    case statsCounterKinds.org:
      return statsFields.org(id);
    case statsCounterKinds.area:
      return statsFields.area(name);
    case statsCounterKinds.actionType:
      return statsFields.actionType(name);
    case statsCounterKinds.page:
      return statsFields.page(id);
    case statsCounterKinds.pageActionType:
      return statsFields.pageActionType(id, name);
  }
}
