import { oneIdentifier } from '../catalogue-writing/one-identifier';

export interface CampaignIdentifier {
  id?: number | null;
  name?: string | null;
}

export const oneCampaign = ({ id, name }: CampaignIdentifier): number | string =>
  oneIdentifier<number | string>(id, name);
