import { z } from 'zod';

/** Largest number of moves in one fact: about 50 KB. */
export const movesPerFact = 500;

/** Persons who got another reference in one transaction: what a service keeps under `from` belongs to `to` (docs/references.md). */
export const referencesMovedV1 = z.object({
  schema: z.literal('groundswell:references-moved:1'),
  moves: z.array(z.object({ from: z.string(), to: z.string() })).max(movesPerFact),
});

export type ReferencesMovedV1 = z.infer<typeof referencesMovedV1>;
export type ReferenceMove = ReferencesMovedV1['moves'][number];
