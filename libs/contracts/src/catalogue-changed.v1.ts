import { z } from 'zod';

/** "This row changed": the reader fetches it from the database. Lost ones are found by comparing versions. */
export const catalogueChangedV1 = z.object({
  schema: z.literal('groundswell:catalogue:1'),
  version: z.number().int(),
  changes: z.array(z.object({ table: z.string(), id: z.string() })),
});
export type CatalogueChangedV1 = z.infer<typeof catalogueChangedV1>;

/** "This org's queues are there in this version": relays may publish to it. `orgId` null: the system queues. */
export const topologyChangedV1 = z.object({
  schema: z.literal('groundswell:topology:1'),
  orgId: z.number().int().nullable(),
  version: z.string(),
  state: z.enum(['confirmed', 'pending', 'damaged']),
});
export type TopologyChangedV1 = z.infer<typeof topologyChangedV1>;
