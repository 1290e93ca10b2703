import { z } from 'zod';

const id = z.number().int();
const text = z.string().nullable();

/** Sent for each confirm that asks somebody's consent (processing.md §6.3): `launch_page` to the lead, the others to the
 *  instance org. The code is in it, since its reader may be the one who decides. */
export const confirmCreatedEventV2 = z.object({
  schema: z.literal('proca:event:2'),
  eventType: z.literal('confirm_created'),
  timestamp: z.string(),
  orgId: id,
  confirm: z.object({
    operation: z.string(),
    code: z.string(),
    /** Empty without one, as `message` and `objectId`. */
    email: z.string(),
    message: z.string(),
    subjectId: id,
    objectId: z.union([id, z.literal('')]),
    creator: z.union([z.object({ email: z.string(), jobTitle: text }), z.strictObject({})]),
    acceptLink: z.string(),
    rejectLink: z.string(),
  }),
  /** Of `launch_page`. */
  campaign: z.object({ name: z.string(), title: z.string() }).optional(),
  /** Of `launch_page` (the partner, with `twitter`) and `add_staffer`. */
  org: z
    .object({
      name: z.string(),
      title: z.string(),
      twitter: z
        .object({
          name: text,
          screenName: text,
          picture: text,
          description: text,
          url: text,
          followersCount: z.number().nullable(),
        })
        .optional(),
    })
    .optional(),
});

/** Routing suffix after the org's name in exchange `event`. */
export const confirmCreatedSuffix = (operation: string): string => `confirm_created.${operation}`;

export type ConfirmCreatedEventV2 = z.infer<typeof confirmCreatedEventV2>;
