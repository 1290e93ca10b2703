import { createHash } from 'node:crypto';

/** Ids in the generated database, with gaps, as ids of years have them. */
export const orgs = { instance: 1, green: 2, blue: 3, red: 7 };
export const pages = { green: 11, blue: 12, red: 40, forest: 41 };
export const campaignIds = { river: 5, forest: 6, closed: 9 };
export const targetCount = 20;
export const sourceCount = 50;

export const targetId = (number: number): string => {
  const hex = createHash('sha256').update(`target ${number}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
};
