import type { Access } from '../auth/access';
import type { CampaignFigures, TypeCount } from './stats-reader';

/** Figures of one campaign on their way out; orgs are looked up only where a query asks for them. */
export interface CampaignStatsView {
  supporterCount: number;
  supporterCountByArea: { area: string; count: number }[];
  actionCount: TypeCount[];
  byOrg: ReadonlyMap<number, number>;
  access: Access;
}

export const viewStats = (figures: CampaignFigures, access: Access): CampaignStatsView => ({ ...figures, access });
