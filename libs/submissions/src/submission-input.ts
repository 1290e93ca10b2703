import type { ActionInput, ContactInput, TrackingInput } from '@groundswell/domain';

/** Arguments of the API may be handed on as they are: the page is that of the scope. */
interface NamesPage {
  actionPageId?: number;
}

/** What a signature says, whoever brings it: a widget or a file. */
export interface ContactSubmissionInput extends NamesPage {
  action: ActionInput;
  contact: ContactInput;
  privacy: { optIn?: boolean | null; leadOptIn?: boolean | null };
  tracking?: TrackingInput | null;
  /** Reference of earlier actions, opaque. */
  contactRef?: string | null;
}

export interface ActionSubmissionInput extends NamesPage {
  action: ActionInput;
  contactRef: string;
  tracking?: TrackingInput | null;
}

export interface LinkSubmissionInput extends NamesPage {
  contactRef: string;
  linkRefs?: readonly string[] | null;
}
