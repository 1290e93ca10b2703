import { z } from 'zod';

/** Key in exchange `event`. */
export const statsChangedKey = 'system.stats.changed';

/** "Figures of these campaigns changed": the reader fetches them. At most four a second; may be lost, so nothing may depend on
 *  it but how soon a change is seen. */
export const statsChangedV1 = z.object({
  schema: z.literal('groundswell:stats-changed:1'),
  campaignIds: z.array(z.number().int()),
});
export type StatsChangedV1 = z.infer<typeof statsChangedV1>;
