import type { ActionInput, ContactInput, TrackingInput } from '@groundswell/domain';

export interface AddActionContactArguments {
  actionPageId: number;
  action: ActionInput;
  contact: ContactInput;
  privacy: { optIn?: boolean | null; leadOptIn?: boolean | null };
  tracking?: TrackingInput | null;
  /** Reference of earlier actions, opaque. */
  contactRef?: string | null;
}

export interface AddActionArguments {
  actionPageId: number;
  action: ActionInput;
  contactRef: string;
  tracking?: TrackingInput | null;
}

export interface LinkActionsArguments {
  actionPageId: number;
  contactRef: string;
  linkRefs?: readonly string[] | null;
}

/** GraphQL type `ContactReference`. */
export interface ContactReference {
  contactRef: string;
  firstName: string | null;
}
