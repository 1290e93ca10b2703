import { statsCounterField, statsFields } from '@groundswell/contracts';
import type { Figure } from './figure-sums';
import type { PageActivity } from './figures.repository';

/** What one transaction left behind, as absolute values by field of the campaigns' hashes (libs/contracts/src/stats-keys.ts). */
export interface FiguresChange {
  /** The one before it. */
  previous: number;
  version: number;
  campaigns: Map<number, [field: string, value: string][]>;
}

export function changeOf(
  version: number,
  campaignIds: readonly number[],
  figures: readonly Figure[],
  pages: readonly PageActivity[],
): FiguresChange {
  const campaigns = fieldsOf(figures, pages);
  for (const id of campaignIds) if (!campaigns.has(id)) campaigns.set(id, []);
  return { previous: version - 1, version, campaigns };
}

export function fieldsOf(
  figures: readonly Figure[],
  pages: readonly PageActivity[],
): Map<number, [field: string, value: string][]> {
  const campaigns = new Map<number, [string, string][]>();
  const add = (campaignId: number, field: string, value: string): void => {
    const fields = campaigns.get(campaignId);
    if (fields) fields.push([field, value]);
    else campaigns.set(campaignId, [[field, value]]);
  };
  for (const { campaignId, kind, id, name, count } of figures) {
    add(campaignId, statsCounterField(kind, id, name), String(count));
  }
  for (const { campaignId, pageId, lastActionAt, location } of pages) {
    add(campaignId, statsFields.lastActionAt(pageId), String(lastActionAt.getTime()));
    if (location !== null) add(campaignId, statsFields.location(pageId), location);
  }
  return campaigns;
}
