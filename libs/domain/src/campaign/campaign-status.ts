import { integerCodes } from '../codes/integer-codes';

export type CampaignStatus = 'draft' | 'live' | 'closed' | 'ignored';

const codes = integerCodes<CampaignStatus>('campaign status', { draft: 0, live: 1, closed: 2, ignored: 3 });

export const campaignStatusCode = codes.code;
export const campaignStatusFromCode = codes.value;
