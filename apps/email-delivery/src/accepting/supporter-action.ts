import { z } from 'zod';
import { actionMessageV1, actionMessageV2, type ActionMessageV1, type ActionMessageV2 } from '@groundswell/contracts';
import type { Contract } from '@groundswell/messaging';

/** An action as an org of either schema version gets it. */
export type SupporterAction = ActionMessageV1 | ActionMessageV2;

const versioned = z.looseObject({ schema: z.string() });

export const supporterAction: Contract<SupporterAction> = {
  parse: (value) =>
    versioned.parse(value).schema === 'proca:action:1' ? actionMessageV1.parse(value) : actionMessageV2.parse(value),
};
