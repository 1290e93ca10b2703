import type { CatalogueCampaign } from '@groundswell/persistence';
import { sum, type CampaignFigures } from './campaign-figures.read-model';

/** A digest lists that many campaigns; it says how many more there are. */
export const listedCampaigns = 100;

/** What is kept of a digest, by id of the campaign. */
export type DigestFigures = Record<string, { supporters: number; actions: number }>;

export const digestFigures = (figures: ReadonlyMap<number, CampaignFigures>): DigestFigures =>
  Object.fromEntries(
    [...figures].map(([id, { supporters, actions }]) => [id, { supporters, actions: sum(Object.values(actions)) }]),
  );

export interface PreviousDigest {
  figures: DigestFigures;
  firedAt: Date;
}

/** What the template shows: figures now, and by how much they rose since the last digest. */
export function digestData(
  campaigns: readonly Pick<CatalogueCampaign, 'id' | 'name' | 'title'>[],
  figures: DigestFigures,
  previous: PreviousDigest | null,
): Record<string, unknown> {
  const rows = campaigns
    .map(({ id, name, title }) => ({ id, name, title, ...(figures[id] ?? { supporters: 0, actions: 0 }) }))
    .sort((a, b) => b.supporters - a.supporters || a.id - b.id)
    .map((row) => (previous ? { ...row, ...risen(row, previous.figures[row.id]) } : row));
  return {
    since: previous ? previous.firedAt.toISOString().slice(0, 10) : '',
    campaigns: rows.slice(0, listedCampaigns),
    count: rows.length,
    more: Math.max(0, rows.length - listedCampaigns),
  };
}

/** What did not change is left out of the template; a figure can fall too. */
const risen = (
  now: { supporters: number; actions: number },
  before: { supporters: number; actions: number } | undefined,
): { newSupporters: string; newActions: string } => ({
  newSupporters: signed(now.supporters - (before?.supporters ?? 0)),
  newActions: signed(now.actions - (before?.actions ?? 0)),
});

const signed = (difference: number): string => (difference > 0 ? `+${difference}` : String(difference));
