import type { PageActivityV1 } from '@groundswell/contracts';
import { partitionOf } from './reference';
import type { ActionState } from './batch-state';

type Stored = Pick<ActionState, 'pageId' | 'campaignId' | 'acceptedAt' | 'source' | 'supporter' | 'ref'>;

/** Per partition, when and where each page was last used by the actions of a batch, whatever became of them (§10). */
export function pageActivities(actions: readonly Stored[]): Map<number, Record<string, PageActivityV1>> {
  const latest = new Map<number, Map<number, Latest>>();
  for (const action of actions) {
    const partition = action.supporter?.partition ?? partitionOf(action.ref ?? '');
    let pages = latest.get(partition);
    if (!pages) latest.set(partition, (pages = new Map<number, Latest>()));
    const page = pages.get(action.pageId);
    if (!page) pages.set(action.pageId, { at: action, located: located(action) });
    else {
      if (page.at.acceptedAt <= action.acceptedAt) page.at = action;
      const other = located(action);
      if (other && (!page.located || page.located.acceptedAt <= other.acceptedAt)) page.located = other;
    }
  }
  return new Map([...latest].map(([partition, pages]) => [partition, recordOf(pages)]));
}

interface Latest {
  at: Stored;
  /** The last one that says where. */
  located: Stored | null;
}

const located = (action: Stored): Stored | null => (action.source?.location ? action : null);

const recordOf = (pages: Map<number, Latest>): Record<string, PageActivityV1> =>
  Object.fromEntries([...pages].map(([pageId, page]) => [String(pageId), activityOf(page)]));

function activityOf({ at, located: last }: Latest): PageActivityV1 {
  const location = last?.source?.location;
  return {
    campaignId: at.campaignId,
    lastActionAt: at.acceptedAt.toISOString(),
    ...(location && { location }),
  };
}
